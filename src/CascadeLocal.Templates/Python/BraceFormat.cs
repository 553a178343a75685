using System.Globalization;
using System.Text;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Python;

/// <summary>Python's <c>text.format(...)</c>: <c>{} {0} {name} {x.attribute} {x[key]} {x!r:spec}</c>, doubled braces for themselves.</summary>
internal sealed class BraceFormat
{
    private const int MaxNesting = 2;

    private readonly Rendering _rendering;
    private readonly StringValue _pattern;
    private readonly Arguments _arguments;
    private int _nextIndex;
    private bool _isNumbered;

    private BraceFormat(Rendering rendering, StringValue pattern, Arguments arguments)
    {
        _rendering = rendering;
        _pattern = pattern;
        _arguments = arguments;
    }

    public static StringValue Apply(Rendering rendering, StringValue pattern, Arguments arguments)
    {
        string text = new BraceFormat(rendering, pattern, arguments).Format(pattern.Text, depth: 0);
        return rendering.String(text, pattern.IsSafe);
    }

    private string Format(string pattern, int depth)
    {
        if (depth >= MaxNesting)
            throw TemplateException.Failed("Max string recursion exceeded");
        StringBuilder text = new();
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            if (c is not ('{' or '}'))
            {
                text.Append(c);
            }
            else if (i + 1 < pattern.Length && pattern[i + 1] == c)
            {
                text.Append(c);
                i++;
            }
            else if (c == '}')
            {
                throw TemplateException.Failed("Single '}' encountered in format string");
            }
            else
            {
                int end = FieldEnd(pattern, i + 1);
                text.Append(Field(pattern[(i + 1)..end], depth));
                i = end;
            }

            _rendering.Allocate(text.Length, 0);
        }

        return text.ToString();
    }

    /// <summary>Where the brace is that closes a field; those inside it are in pairs.</summary>
    private static int FieldEnd(string pattern, int start)
    {
        int depth = 1;
        for (int i = start; i < pattern.Length; i++)
        {
            depth += pattern[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
                return i;
        }

        throw TemplateException.Failed(start == pattern.Length
            ? "Single '{' encountered in format string"
            : "expected '}' before end of string");
    }

    private string Field(string field, int depth)
    {
        int nameEnd = NameEnd(field);
        string rest = field[nameEnd..];
        Value value = Find(field[..nameEnd]);
        if (rest.StartsWith('!'))
        {
            if (rest.Length < 2 || (rest.Length > 2 && rest[2] != ':'))
                throw TemplateException.Failed("expected ':' after conversion specifier");
            _rendering.Walk(value);
            value = rest[1] switch
            {
                's' => _rendering.String(_rendering.Text(value)),
                'r' => _rendering.String(Repr.Of(value, _rendering.MaxCharacters)),
                'a' => _rendering.String(Repr.Ascii(value, _rendering.MaxCharacters)),
                _ => throw TemplateException.Failed($"Unknown conversion specifier {rest[1]}"),
            };
            rest = rest[2..];
        }

        string spec = rest.Length > 0 ? Format(rest[1..], depth + 1) : "";
        if (!_pattern.IsSafe)
            return FormatSpec.Format(_rendering, value, spec);
        if (value is StringValue { IsSafe: true } markup)
            return spec.Length == 0 ? markup.Text : throw TemplateException.Failed($"Format specifier {spec} given, but it is a markup string");
        return Html.Escape(FormatSpec.Format(_rendering, value, spec));
    }

    private static int NameEnd(string field)
    {
        bool isInBrackets = false;
        for (int i = 0; i < field.Length; i++)
        {
            if (field[i] == '[')
                isInBrackets = true;
            else if (field[i] == ']')
                isInBrackets = false;
            else if (!isInBrackets && field[i] is '!' or ':')
                return i;
            else if (field[i] == '{')
                throw TemplateException.Failed("unexpected '{' in field name");
        }

        return field.Length;
    }

    private Value Find(string name)
    {
        int end = name.AsSpan().IndexOfAny('.', '[') is var at && at >= 0 ? at : name.Length;
        Value value = Argument(name[..end]);
        while (end < name.Length)
        {
            if (name[end] == '.')
            {
                int next = name.AsSpan(end + 1).IndexOfAny('.', '[') is var dot && dot >= 0 ? end + 1 + dot : name.Length;
                RequireName(next > end + 1);
                value = Members.Getattr(value, name[(end + 1)..next]);
                end = next;
            }
            else
            {
                int close = name.IndexOf(']', end);
                RequireName(close > end + 1);
                string key = name[(end + 1)..close];
                value = Members.Getitem(_rendering, value, Index(key) is { } index ? Value.Of(index) : Value.Of(key));
                end = close + 1;
                if (end < name.Length && name[end] is not ('.' or '['))
                    throw TemplateException.Failed("Only '.' or '[' may follow ']' in format field specifier");
            }
        }

        return value;
    }

    private Value Argument(string name)
    {
        if (name.Length > 0 && Index(name) is null)
        {
            return _arguments.Keywords.TryGetValue(name, out Value? named)
                ? named
                : throw TemplateException.Failed($"KeyError: {Repr.Of(new StringValue(name))}");
        }

        bool isNumbered = name.Length > 0;
        if (isNumbered ? _nextIndex > 0 : _isNumbered)
            throw TemplateException.Failed("cannot switch between manual field specification and automatic field numbering");
        _isNumbered |= isNumbered;
        int place = isNumbered ? (int)Math.Min(Index(name)!.Value, int.MaxValue) : _nextIndex++;
        return place < _arguments.Positional.Count
            ? _arguments.Positional[place]
            : throw TemplateException.Failed($"Replacement index {place} out of range for positional args tuple");
    }

    private static long? Index(string text) =>
        text.All(char.IsAsciiDigit) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long index) ? index : null;

    private static void RequireName(bool isThere)
    {
        if (!isThere)
            throw TemplateException.Failed("Empty attribute in format string");
    }
}
