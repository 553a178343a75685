using System.Globalization;
using System.Numerics;
using System.Text;
using CascadeLocal.Templates.Python;
using CascadeLocal.Templates.Text;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Builtins;

/// <summary>Python's json.dumps.</summary>
internal sealed class JsonWriter(int limit)
{
    private readonly StringBuilder _json = new();
    private string? _indent;
    private string _itemSeparator = ", ";
    private string _keySeparator = ": ";
    private int _depth;

    public bool EscapesNonAscii { get; init; }

    public bool SortsKeys { get; init; }

    /// <param name="indent">A number of blanks or the text of one level; none for all on one line.</param>
    public void SetIndent(Value indent)
    {
        _indent = indent switch
        {
            NoneValue => null,
            StringValue text => text.Text,
            _ when Numbers.TryInteger(indent, out BigInteger count) => new string(' ', (int)BigInteger.Clamp(count, 0, 1024)),
            Undefined undefined => throw undefined.Failure(),
            _ => throw TemplateException.Failed($"indent is a {indent.TypeName}"),
        };
        if (_indent is not null)
            _itemSeparator = ",";
    }

    /// <param name="separators">What stands between items and behind keys; none for the usual ones.</param>
    public void SetSeparators(Value separators)
    {
        if (separators is NoneValue)
            return;
        if (separators is not SequenceValue { Items: [StringValue item, StringValue key] })
            throw TemplateException.Failed("separators are not two strings");
        (_itemSeparator, _keySeparator) = (item.Text, key.Text);
    }

    public string Write(Value value)
    {
        Append(value);
        return _json.ToString();
    }

    private void Append(Value value)
    {
        if (_json.Length > limit)
            throw TemplateException.Exceeded($"a string is longer than {limit} characters");
        switch (value)
        {
            case StringValue text:
                AppendString(text.Text);
                break;
            case SequenceValue sequence:
                AppendAll('[', sequence.Items, Append, ']');
                break;
            case DictValue dict:
                AppendAll('{', SortsKeys ? Sorted(dict) : [.. dict.Entries], AppendEntry, '}');
                break;
            default:
                _json.Append(Scalar(value) ?? throw TemplateException.Failed($"Object of type {value.TypeName} is not JSON serializable"));
                break;
        }
    }

    private void AppendAll<T>(char open, IReadOnlyList<T> items, Action<T> append, char close)
    {
        _json.Append(open);
        _depth++;
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0)
                _json.Append(_itemSeparator);
            AppendLine();
            append(items[i]);
        }

        _depth--;
        if (items.Count > 0)
            AppendLine();
        _json.Append(close);
    }

    private void AppendLine()
    {
        if (_indent is null)
            return;
        if (_json.Length + (long)_depth * _indent.Length > limit)
            throw TemplateException.Exceeded($"a string is longer than {limit} characters");
        _json.Append('\n').Insert(_json.Length, _indent, _depth);
    }

    private void AppendEntry(KeyValuePair<Value, Value> entry)
    {
        string key = (entry.Key as StringValue)?.Text ?? Scalar(entry.Key) ?? throw TemplateException.Failed(
            $"keys must be str, int, float, bool or None, not {entry.Key.TypeName}");
        AppendString(key);
        _json.Append(_keySeparator);
        Append(entry.Value);
    }

    private static KeyValuePair<Value, Value>[] Sorted(DictValue dict) =>
        Sorting.Sort([.. dict.Entries], e => e.Key, Ordering.Compare);

    private static string? Scalar(Value value) => value switch
    {
        NoneValue => "null",
        BooleanValue => value.IsTrue ? "true" : "false",
        IntegerValue integer => Numbers.ToText(integer.Number),
        FloatValue { Number: double.NaN } => "NaN",
        FloatValue { Number: double.PositiveInfinity } => "Infinity",
        FloatValue { Number: double.NegativeInfinity } => "-Infinity",
        FloatValue real => FloatText.Repr(real.Number),
        _ => null,
    };

    private void AppendString(string text)
    {
        _json.Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => _json.Append("\\\""),
                '\\' => _json.Append(@"\\"),
                '\n' => _json.Append(@"\n"),
                '\r' => _json.Append(@"\r"),
                '\t' => _json.Append(@"\t"),
                '\f' => _json.Append(@"\f"),
                '\b' => _json.Append(@"\b"),
                < ' ' => _json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                >= '\x7F' when EscapesNonAscii => _json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => _json.Append(c),
            };
        }

        _json.Append('"');
    }
}
