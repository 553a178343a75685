using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Text;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Python;

/// <summary>Python's format specifications: <c>[[fill]align][sign][#][0][width][,_][.precision][type]</c>.</summary>
internal sealed partial class FormatSpec
{
    private readonly string _fill;
    private readonly char _align;
    private readonly string _sign;
    private readonly bool _isAlternate;
    private readonly int _width;
    private readonly char _separator;
    private readonly int? _precision;
    private readonly char _type;

    private FormatSpec(Match match)
    {
        bool zero = match.Groups["zero"].Success;
        _fill = match.Groups["fill"] is { Success: true, Value.Length: > 0 } fill ? fill.Value : zero ? "0" : " ";
        _align = match.Groups["align"].Success ? match.Groups["align"].Value[0] : zero ? '=' : '\0';
        _sign = match.Groups["sign"].Value;
        _isAlternate = match.Groups["alternate"].Success;
        _width = Count(match.Groups["width"]) ?? 0;
        _separator = match.Groups["separator"] is { Success: true } separator ? separator.Value[0] : '\0';
        _precision = Count(match.Groups["precision"]);
        _type = match.Groups["type"] is { Success: true } type ? type.Value[0] : '\0';
    }

    public static string Format(Rendering rendering, Value value, string spec)
    {
        if (spec.Length == 0)
            return rendering.Text(value);
        if (!Numbers.IsNumber(value) && value is not StringValue)
            throw TemplateException.Failed($"unsupported format string passed to {value.TypeName}.__format__");
        Match match = Pattern().Match(spec);
        if (!match.Success)
            throw TemplateException.Failed($"Invalid format specifier '{spec}' for object of type '{value.TypeName}'");
        FormatSpec format = new(match);
        rendering.Allocate((BigInteger)format._width + (format._precision ?? 0));
        return value is StringValue text ? format.Text(text.Text) : format.Number(value);
    }

    private string Text(string text)
    {
        if (_type is not ('\0' or 's') || _sign.Length > 0 || _align == '=' && _fill != "0" || _separator != '\0' || _isAlternate)
            throw Unsuitable("str");
        string cut = _precision is { } length ? text[..CodePoints.Offset(text, length)] : text;
        return Pad("", cut, _align is '\0' or '=' ? '<' : _align);
    }

    private string Number(Value value)
    {
        bool isInteger = Numbers.TryInteger(value, out BigInteger integer);
        if (isInteger && _type is '\0' or 'd' or 'n' or 'b' or 'o' or 'x' or 'X' or 'c')
            return Integer(integer);
        if (_type is not ('\0' or 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or 'n' or '%'))
            throw Unsuitable(value.TypeName);
        double number = Numbers.ToDouble(value);
        string digits = Digits(Math.Abs(number));
        return Finish(double.IsNegative(number) && !double.IsNaN(number), "", digits, 3);
    }

    private string Integer(BigInteger number)
    {
        if (_precision is not null)
            throw TemplateException.Failed("Precision not allowed in integer format specifier");
        if (_type == 'c')
            return Pad("", Character(number), _align == '\0' ? '<' : _align);
        bool isDecimal = _type is '\0' or 'd' or 'n';
        string digits = isDecimal ? NumberFormat.Plain(number) : NumberFormat.InBase(BigInteger.Abs(number), _type);
        return Finish(number.Sign < 0, _isAlternate && !isDecimal ? $"0{_type}" : "", digits, isDecimal ? 3 : 4);
    }

    private static string Character(BigInteger number) => number >= 0 && number <= 0x10FFFF
        ? CodePoints.ToText((int)number)
        : throw TemplateException.Failed("%c arg not in range(0x110000)");

    private string Digits(double number)
    {
        if (!double.IsFinite(number))
        {
            string name = FloatText.Repr(number) + (_type == '%' ? "%" : "");
            return _type is 'E' or 'F' or 'G' ? name.ToUpperInvariant() : name;
        }

        if (_type == '%')
            return FloatText.Fixed(number * 100, _precision ?? 6) + "%";
        if (_type != '\0')
            return NumberFormat.Real(number, _type == 'n' ? 'g' : _type, _precision ?? 6, _isAlternate);
        if (_precision is not { } precision)
            return FloatText.Repr(number);
        // As g, but an exponent one power earlier, and always a digit after the point.
        string general = FloatText.General(number, precision, exponentFrom: Math.Max(precision, 1) > 1 ? precision - 1 : 1);
        bool isWhole = general.All(char.IsAsciiDigit);
        return isWhole ? general + ".0" : general;
    }

    private string Finish(bool isNegative, string prefix, string digits, int group)
    {
        string sign = isNegative ? "-" : _sign is "+" or " " ? _sign : "";
        if (_separator != '\0')
        {
            // Zeros that fill the width are grouped with the digits.
            if (_fill == "0" && _align == '=')
                digits = ZerosFor(digits, sign.Length + prefix.Length, group);
            digits = NumberFormat.Grouped(digits, _separator, group);
        }

        return Pad(sign + prefix, digits, _align == '\0' ? '>' : _align);
    }

    private string ZerosFor(string digits, int taken, int group)
    {
        int whole = digits.AsSpan().IndexOfAnyExceptInRange('0', '9') is var at && at >= 0 && group == 3 ? at : digits.Length;
        int room = _width - taken - (digits.Length - whole);
        // Of every group + 1 characters one is a separator; none begins the number, a digit does where one would.
        int wanted = room - room / (group + 1) + (room % (group + 1) == 0 && room > 0 ? 1 : 0);
        return new string('0', Math.Max(0, wanted - whole)) + digits;
    }

    private string Pad(string sign, string text, char align)
    {
        int missing = Math.Max(0, _width - CodePoints.Count(sign) - CodePoints.Count(text));
        int left = align switch { '>' or '=' => missing, '^' => missing / 2, _ => 0 };
        string before = string.Concat(Enumerable.Repeat(_fill, left)), after = string.Concat(Enumerable.Repeat(_fill, missing - left));
        return align == '=' ? sign + before + text : before + sign + text + after;
    }

    private TemplateException Unsuitable(string type) => TemplateException.Failed(_type == '\0'
        ? $"Invalid format specifier for object of type '{type}'"
        : $"Unknown format code '{_type}' for object of type '{type}'");

    private static int? Count(Group digits) => !digits.Success ? null
        : int.TryParse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count
        : throw TemplateException.Failed("Too many decimal digits in format string");

    [GeneratedRegex(@"^(?:(?<fill>[\uD800-\uDBFF][\uDC00-\uDFFF]|.)?(?<align>[<>=^]))?(?<sign>[+\- ])?(?<alternate>\#)?(?<zero>0)?(?<width>[0-9]+)?(?<separator>[,_])?(?:\.(?<precision>[0-9]+))?(?<type>[a-zA-Z%])?$(?!\n)",
        RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
