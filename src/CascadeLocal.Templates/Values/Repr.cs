using System.Globalization;
using System.Text;
using CascadeLocal.Templates.Text;

namespace CascadeLocal.Templates.Values;

/// <summary>How Python prints values: str() and repr().</summary>
internal sealed class Repr
{
    private readonly StringBuilder _text = new();
    private readonly long _limit;
    private int _depth;

    private Repr(long limit) => _limit = limit;

    /// <summary>str(): strings as they are, undefined as nothing, all else as repr().</summary>
    public static string Text(Value value, long limit = long.MaxValue) => value switch
    {
        StringValue text => text.Text,
        Undefined => "",
        _ => Of(value, limit),
    };

    /// <summary>repr(): strings in quotes.</summary>
    /// <exception cref="TemplateException">It would be longer than the limit, or a namespace holds itself.</exception>
    public static string Of(Value value, long limit = long.MaxValue)
    {
        Repr repr = new(limit);
        repr.Write(value);
        return repr._text.ToString();
    }

    /// <summary>ascii(): as repr(), with escapes for all that is not ASCII.</summary>
    public static string Ascii(Value value, long limit)
    {
        StringBuilder ascii = new();
        foreach (int c in CodePoints.Of(Of(value, limit)))
            _ = c < 0x80 ? ascii.Append((char)c) : ascii.Append(Escape(c));
        return ascii.ToString();
    }

    private void Write(Value value)
    {
        if (++_depth > 2 * Extent.MaxDepth)
            throw TemplateException.Exceeded("maximum recursion depth exceeded while getting the repr of an object");
        switch (value)
        {
            case NoneValue:
                _text.Append("None");
                break;
            case BooleanValue:
                _text.Append(value.IsTrue ? "True" : "False");
                break;
            case IntegerValue integer:
                _text.Append(Numbers.ToText(integer.Number));
                break;
            case FloatValue real:
                _text.Append(FloatText.Repr(real.Number));
                break;
            case StringValue { IsSafe: true } text:
                _text.Append("Markup(").Append(Quoted(text.Text)).Append(')');
                break;
            case StringValue text:
                _text.Append(Quoted(text.Text));
                break;
            case ListValue list:
                WriteAll("[", list.Items, "]");
                break;
            case TupleValue tuple:
                WriteAll("(", tuple.Items, tuple.Items.Count == 1 ? ",)" : ")");
                break;
            case DictValue dict:
                WriteDict(dict.Entries);
                break;
            case DictView view:
                WriteAll($"{view.TypeName}([", view.Items, "])");
                break;
            case RangeValue range:
                _text.Append(CultureInfo.InvariantCulture, $"range({range.Start}, {range.Stop}");
                _text.Append(range.Step.IsOne ? ")" : $", {range.Step})");
                break;
            case NamespaceValue space:
                _text.Append("<Namespace ");
                WriteDict([.. space.Attributes.Select(a => KeyValuePair.Create(Value.Of(a.Key), a.Value))]);
                _text.Append('>');
                break;
            case Undefined:
                _text.Append("Undefined");
                break;
            default:
                _text.Append(value);
                break;
        }

        _depth--;
        if (_text.Length > _limit)
            throw TemplateException.Exceeded($"a string is longer than {_limit} characters");
    }

    private void WriteAll(string open, IReadOnlyList<Value> items, string close)
    {
        _text.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0)
                _text.Append(", ");
            Write(items[i]);
        }

        _text.Append(close);
    }

    private void WriteDict(IReadOnlyCollection<KeyValuePair<Value, Value>> entries)
    {
        _text.Append('{');
        bool first = true;
        foreach ((Value key, Value value) in entries)
        {
            if (!first)
                _text.Append(", ");
            first = false;
            Write(key);
            _text.Append(": ");
            Write(value);
        }

        _text.Append('}');
    }

    private static string Quoted(string text)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        StringBuilder quoted = new StringBuilder(text.Length + 2).Append(quote);
        foreach (int c in CodePoints.Of(text))
        {
            _ = c switch
            {
                '\\' => quoted.Append(@"\\"),
                '\n' => quoted.Append(@"\n"),
                '\r' => quoted.Append(@"\r"),
                '\t' => quoted.Append(@"\t"),
                _ when c == quote => quoted.Append('\\').Append(quote),
                _ when CharacterClass.IsPrintable(c) => quoted.Append(CodePoints.ToText(c)),
                _ => quoted.Append(Escape(c)),
            };
        }

        return quoted.Append(quote).ToString();
    }

    private static string Escape(int c) => c switch
    {
        < 0x100 => $"\\x{c:x2}",
        < 0x10000 => $"\\u{c:x4}",
        _ => $"\\U{c:x8}",
    };
}
