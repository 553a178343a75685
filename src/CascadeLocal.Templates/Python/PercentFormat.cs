using System.Globalization;
using System.Numerics;
using System.Text;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Text;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Python;

/// <summary>Python's <c>text % values</c>, as in C's printf: <c>%s %r %a %d %i %u %x %X %o %c %f %e %g %%</c> with flags, width and precision.</summary>
internal sealed class PercentFormat
{
    private readonly Rendering _rendering;
    private readonly StringValue _pattern;
    private readonly Value _operand;
    private readonly IReadOnlyList<Value> _values;
    private readonly StringBuilder _text = new();
    private int _at;
    private int _used;

    private PercentFormat(Rendering rendering, StringValue pattern, Value operand)
    {
        _rendering = rendering;
        _pattern = pattern;
        _operand = operand;
        _values = operand is TupleValue tuple ? tuple.Items : [operand];
    }

    public static string Format(Rendering rendering, StringValue pattern, Value operand) => new PercentFormat(rendering, pattern, operand).Run();

    private string Run()
    {
        string pattern = _pattern.Text;
        while (_at < pattern.Length)
        {
            int percent = pattern.IndexOf('%', _at);
            _text.Append(pattern, _at, (percent < 0 ? pattern.Length : percent) - _at);
            _at = percent < 0 ? pattern.Length : percent + 1;
            if (percent >= 0)
                Convert();
            _rendering.Allocate(_text.Length, 0);
        }

        // What can be asked for keys may have more of them than the text uses.
        bool isMapping = _operand is DictValue or ListValue or RangeValue or Undefined;
        if (_used < _values.Count && !isMapping)
            throw TemplateException.Failed("not all arguments converted during string formatting");
        return _text.ToString();
    }

    private void Convert()
    {
        if (Peek() == '%')
        {
            _text.Append(Read());
            return;
        }

        Value? keyed = ReadKey();
        HashSet<char> flags = [];
        while (Peek() is '-' or '+' or ' ' or '#' or '0')
            flags.Add(Read());
        int width = ReadCount() ?? 0;
        if (width < 0)
        {
            flags.Add('-');
            width = -width;
        }

        int? precision = null;
        if (Peek() == '.')
        {
            Read();
            precision = Math.Max(0, ReadCount() ?? 0);
        }

        while (Peek() is 'h' or 'l' or 'L')
            Read();
        char conversion = Read();
        _rendering.Allocate(Math.Max(width, precision ?? 0) + (BigInteger)_text.Length);
        Append(Converted(conversion, keyed ?? Next(), flags, precision), flags, width, isNumber: conversion is not ('s' or 'r' or 'a' or 'c'));
    }

    private void Append(string text, HashSet<char> flags, int width, bool isNumber)
    {
        int missing = Math.Max(0, width - CodePoints.Count(text));
        if (flags.Contains('-'))
        {
            _text.Append(text).Append(' ', missing);
        }
        else if (isNumber && flags.Contains('0') && !text.EndsWith('f') && !text.EndsWith('n'))
        {
            int sign = text.Length > 0 && text[0] is '-' or '+' or ' ' ? 1 : 0;
            int prefix = text.Length > sign + 1 && text[sign] == '0' && text[sign + 1] is 'x' or 'X' or 'o' ? 2 : 0;
            _text.Append(text, 0, sign + prefix).Append('0', missing).Append(text, sign + prefix, text.Length - sign - prefix);
        }
        else
        {
            _text.Append(' ', missing).Append(text);
        }
    }

    private string Converted(char conversion, Value value, HashSet<char> flags, int? precision)
    {
        switch (conversion)
        {
            case 's':
                return Cut(_pattern.IsSafe ? Html.Escape(_rendering.Printed(value)) : _rendering.Text(value), precision);
            case 'r' or 'a':
                _rendering.Walk(value);
                string printed = conversion == 'r' ? Repr.Of(value, _rendering.MaxCharacters) : Repr.Ascii(value, _rendering.MaxCharacters);
                return Cut(_pattern.IsSafe ? Html.Escape(printed) : printed, precision);
            case 'c':
                return Character(value);
            case 'd' or 'i' or 'u':
                return Signed(Integer(value, conversion), flags, precision, "", n => Numbers.ToText(n));
            case 'x' or 'X' or 'o':
                if (value is FloatValue)
                    throw TemplateException.Failed($"%{conversion} format: an integer is required, not float");
                string prefix = flags.Contains('#') ? $"0{conversion}" : "";
                return Signed(Integer(value, conversion), flags, precision, prefix, n => NumberFormat.InBase(n, conversion));
            case 'f' or 'F' or 'e' or 'E' or 'g' or 'G':
                return WithSign(Real(Number(value), conversion, precision ?? 6, flags.Contains('#')), flags);
            default:
                throw TemplateException.Failed(
                    $"unsupported format character '{conversion}' (0x{(int)conversion:x}) at index {_at - 1}");
        }
    }

    private static string Real(double number, char conversion, int precision, bool keepsZeros) => !double.IsFinite(number)
        ? char.IsUpper(conversion) ? FloatText.Repr(number).ToUpperInvariant() : FloatText.Repr(number)
        : NumberFormat.Real(number, conversion, precision, keepsZeros);

    private static string Signed(BigInteger number, HashSet<char> flags, int? precision, string prefix, Func<BigInteger, string> print)
    {
        string digits = print(BigInteger.Abs(number)).PadLeft(precision ?? 0, '0');
        return WithSign((number.Sign < 0 ? "-" : "") + prefix + digits, flags);
    }

    private static string WithSign(string number, HashSet<char> flags) =>
        number.StartsWith('-') ? number : flags.Contains('+') ? "+" + number : flags.Contains(' ') ? " " + number : number;

    private static string Cut(string text, int? precision) => precision is { } length ? text[..CodePoints.Offset(text, length)] : text;

    private static string Character(Value value) => value switch
    {
        StringValue text when CodePoints.Count(text.Text) == 1 => text.Text,
        _ when Numbers.TryInteger(value, out BigInteger code) => code >= 0 && code <= 0x10FFFF
            ? CodePoints.ToText((int)code)
            : throw TemplateException.Failed("%c arg not in range(0x110000)"),
        _ => throw TemplateException.Failed("%c requires int or char"),
    };

    private static BigInteger Integer(Value value, char conversion) => value switch
    {
        FloatValue { Number: var real } when double.IsFinite(real) => new BigInteger(real),
        _ when Numbers.TryInteger(value, out BigInteger number) => number,
        Undefined undefined => throw undefined.Failure(),
        _ => throw TemplateException.Failed(
            $"%{conversion} format: {(conversion is 'x' or 'X' or 'o' ? "an integer" : "a real number")} is required, not {value.TypeName}"),
    };

    private static double Number(Value value) => Numbers.IsNumber(value)
        ? Numbers.ToDouble(value)
        : throw ((value as Undefined)?.Failure() ?? TemplateException.Failed($"must be real number, not {value.TypeName}"));

    private Value? ReadKey()
    {
        if (Peek() != '(')
            return null;
        int start = ++_at, depth = 1;
        while (depth > 0)
            depth += Read() switch { '(' => 1, ')' => -1, _ => 0 };
        string key = _pattern.Text[start..(_at - 1)];
        if (_operand is not DictValue dict)
            throw TemplateException.Failed("format requires a mapping");
        return dict.Find(key) ?? throw TemplateException.Failed($"KeyError: {Repr.Of(new StringValue(key))}");
    }

    private int? ReadCount()
    {
        if (Peek() == '*')
        {
            Read();
            return Numbers.TryInteger(Next(), out BigInteger given)
                ? (int)BigInteger.Clamp(given, -int.MaxValue, int.MaxValue)
                : throw TemplateException.Failed("* wants int");
        }

        int start = _at;
        while (char.IsAsciiDigit(Peek()))
            Read();
        if (_at == start)
            return null;
        return int.TryParse(_pattern.Text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? count
            : throw TemplateException.Failed("width too big");
    }

    private Value Next() => _used < _values.Count ? _values[_used++] : throw TemplateException.Failed("not enough arguments for format string");

    private char Peek() => _at < _pattern.Text.Length ? _pattern.Text[_at] : '\0';

    private char Read() => _at < _pattern.Text.Length ? _pattern.Text[_at++] : throw TemplateException.Failed("incomplete format");
}
