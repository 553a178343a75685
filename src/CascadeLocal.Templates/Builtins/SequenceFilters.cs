using System.Numerics;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Python;
using CascadeLocal.Templates.Text;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Builtins;

/// <summary>Filters that take elements or put them together.</summary>
internal static class SequenceFilters
{
    public static void AddTo(BuiltinTable table) => table
        .Add("first", "", (r, v, _) => r.Iterate(v).FirstOrDefault() ?? new Undefined("No first item, sequence was empty."))
        .Add("last", "", (r, v, _) => Reversed(r, v).FirstOrDefault() ?? new Undefined("No last item, sequence was empty."))
        .Add("reverse", "", Reverse)
        .Add("join", "d? attribute?", Join)
        .Add("sum", "attribute? start?", Sum)
        .Add("batch", "linecount fill_with?", Batch)
        .Add("slice", "slices fill_with?", Slice);

    /// <summary>Python's reversed(), which generators do not have.</summary>
    private static IEnumerable<Value> Reversed(Rendering rendering, Value value) => value switch
    {
        GeneratorValue or LoopValue => throw TemplateException.Failed($"'{value.TypeName}' object is not reversible"),
        _ => rendering.Iterate(value).Reverse(),
    };

    private static Value Reverse(Rendering rendering, Value value, Bound arguments)
    {
        if (value is StringValue text)
            return text.With(CodePoints.Join(CodePoints.Of(text.Text).Reverse()));
        if (value.Elements is null)
            throw TemplateException.Failed("argument must be iterable");
        return value is GeneratorValue
            ? rendering.List(rendering.ToList(value).Reverse())
            : new GeneratorValue(ReversedName(value), Reversed(rendering, value), value);
    }

    private static string ReversedName(Value value) => value switch
    {
        ListValue => "list_reverseiterator object",
        DictValue or DictView { TypeName: "dict_keys" } => "dict_reversekeyiterator object",
        DictView view => $"{view.TypeName.Replace("dict_", "dict_reverse", StringComparison.Ordinal).TrimEnd('s')}iterator object",
        RangeValue => "range_iterator object",
        _ => "reversed object",
    };

    private static StringValue Join(Rendering rendering, Value value, Bound arguments)
    {
        AttributePath path = new(rendering, arguments.Or(1, Value.None));
        StringValue separator = rendering.Printed(arguments.Or(0, StringValue.Empty));
        TracedText text = new();
        bool isFirst = true;
        foreach (Value element in rendering.Iterate(value))
        {
            if (!isFirst)
                text.Append(separator);
            isFirst = false;
            text.Append(rendering.Printed(path.Of(element)));
            rendering.Allocate(text.Length, separator.Text.Length);
        }

        rendering.Allocate(text.Length);
        return text.ToValue();
    }

    private static Value Sum(Rendering rendering, Value value, Bound arguments)
    {
        AttributePath path = new(rendering, arguments.Or(0, Value.None));
        Value sum = arguments.Or(1, Value.Of(0));
        if (sum is StringValue)
            throw TemplateException.Failed("sum() can't sum strings [use ''.join(seq) instead]");
        foreach (Value element in rendering.Iterate(value))
            sum = Operators.Apply(rendering, "+", sum, path.Of(element));
        return sum;
    }

    private static GeneratorValue Batch(Rendering rendering, Value value, Bound arguments)
    {
        return new("generator object do_batch", Batches(), value);

        IEnumerable<Value> Batches()
        {
            BigInteger size = arguments.Integer(0, 0);
            List<Value> batch = [];
            foreach (Value element in rendering.Iterate(value))
            {
                if (batch.Count == size)
                {
                    yield return rendering.List(batch);
                    batch = [];
                }

                batch.Add(element);
            }

            if (batch.Count == 0)
                yield break;
            if (arguments[1] is { } filler and not NoneValue && batch.Count < size)
                batch.AddRange(Enumerable.Repeat(filler, rendering.AllocateElements(size - batch.Count)));
            yield return rendering.List(batch);
        }
    }

    private static GeneratorValue Slice(Rendering rendering, Value value, Bound arguments)
    {
        return new("generator object sync_do_slice", Slices(), value);

        IEnumerable<Value> Slices()
        {
            IReadOnlyList<Value> all = rendering.ToList(value);
            BigInteger count = arguments.Integer(0, 0);
            if (count.IsZero)
                throw TemplateException.Failed("integer division or modulo by zero");
            int size = (int)(all.Count / count), larger = (int)(all.Count % count), start = 0;
            for (BigInteger i = 0; i < count; i++)
            {
                rendering.Step();
                int length = size + (i < larger ? 1 : 0);
                IEnumerable<Value> part = all.Skip(start).Take(length);
                start += length;
                bool isFilled = i >= larger && arguments[1] is { } and not NoneValue;
                yield return rendering.List(isFilled ? part.Append(arguments[1]!) : part);
            }
        }
    }
}
