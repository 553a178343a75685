using System.Text;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Python;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Builtins;

/// <summary>Python's pprint: lists and dicts that fit no line of 80 have one element on each, dicts in the order of their keys.</summary>
internal sealed class PrettyPrint
{
    private const int Width = 80;

    private readonly StringBuilder _text = new();
    private readonly long _limit;

    private PrettyPrint(long limit) => _limit = limit;

    public static Value Apply(Rendering rendering, Value value, Bound arguments)
    {
        // Each level prints what is in it once more, to see whether it fits its line.
        rendering.Step((1 + value.Depth) * value.Weight / 64);
        PrettyPrint printer = new(rendering.MaxCharacters);
        printer.Write(Sorted(value), 0, 0);
        return rendering.String(printer._text.ToString());
    }

    /// <param name="indent">The column where it begins.</param>
    /// <param name="allowance">How many signs have to follow on its last line.</param>
    private void Write(Value value, int indent, int allowance)
    {
        string printed = Repr.Of(value, _limit);
        if (printed.Length <= Width - indent - allowance)
            _text.Append(printed);
        else if (value is DictValue { IsTrue: true } dict)
            WriteAll("{", [.. dict.Entries], e => $"{Repr.Of(e.Key, _limit)}: ", e => e.Value, "}", indent, allowance);
        else if (value is SequenceValue { IsTrue: true } sequence)
            WriteAll(value is TupleValue ? "(" : "[", sequence.Items, _ => "", i => i, value is ListValue ? "]" : sequence.Items.Count == 1 ? ",)" : ")", indent, allowance);
        else
            _text.Append(printed);
        if (_text.Length > _limit)
            throw TemplateException.Exceeded($"a string is longer than {_limit} characters");
    }

    private void WriteAll<T>(string open, IReadOnlyList<T> items, Func<T, string> key, Func<T, Value> value, string close, int indent, int allowance)
    {
        _text.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0)
                _text.Append(",\n").Append(' ', indent + 1);
            string before = key(items[i]);
            _text.Append(before);
            Write(value(items[i]), indent + 1 + before.Length, i < items.Count - 1 ? 1 : allowance + close.Length);
        }

        _text.Append(close);
    }

    private static Value Sorted(Value value) => value switch
    {
        DictValue dict => new DictValue(Sorting.Sort([.. dict.Entries], e => e.Key, Order).Select(e => KeyValuePair.Create(e.Key, Sorted(e.Value)))),
        ListValue list => new ListValue([.. list.Items.Select(Sorted)]),
        TupleValue tuple => new TupleValue([.. tuple.Items.Select(Sorted)]),
        _ => value,
    };

    /// <summary>Keys of different types, which have no order, go by the name of their type.</summary>
    private static int Order(Value a, Value b) =>
        a.TypeName == b.TypeName || (Numbers.IsNumber(a) && Numbers.IsNumber(b))
            ? a is NoneValue ? 0 : Ordering.Compare(a, b)
            : string.CompareOrdinal(a.TypeName, b.TypeName);
}
