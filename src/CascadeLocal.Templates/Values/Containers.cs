using System.Numerics;

namespace CascadeLocal.Templates.Values;

/// <summary>A list or a tuple.</summary>
internal abstract class SequenceValue : Value
{
    private protected SequenceValue(Value[] items)
    {
        Items = items;
        (Depth, Weight) = Extent.Of(items);
    }

    public IReadOnlyList<Value> Items { get; }

    internal sealed override bool IsTrue => Items.Count > 0;

    internal sealed override int Depth { get; }

    internal sealed override long Weight { get; }

    internal sealed override BigInteger? Length => Items.Count;

    internal sealed override IEnumerable<Value> Elements => Items;
}

internal sealed class ListValue(Value[] items) : SequenceValue(items)
{
    internal override string TypeName => "list";

    internal override bool IsHashable => false;
}

/// <summary>A tuple; one of groupby's has names for its two items too.</summary>
internal sealed class TupleValue(Value[] items, bool isGroup = false) : SequenceValue(items)
{
    internal override string TypeName => IsGroup ? "_GroupTuple" : "tuple";

    public bool IsGroup { get; } = isGroup;

    internal override bool IsHashable => Items.All(i => i.IsHashable);
}

/// <summary>Python's range: start, start + step, ... before stop.</summary>
internal sealed class RangeValue(BigInteger start, BigInteger stop, BigInteger step) : Value
{
    public BigInteger Start { get; } = start;

    public BigInteger Stop { get; } = stop;

    public BigInteger Step { get; } = step;

    public int Count { get; } = (int)BigInteger.Max(0, (stop - start + step - step.Sign) / step);

    internal override string TypeName => "range";

    internal override bool IsTrue => Count > 0;

    internal override long Weight => 1 + Count;

    internal override BigInteger? Length => Count;

    internal override IEnumerable<Value> Elements => Enumerable.Range(0, Count).Select(At);

    public Value At(int index) => new IntegerValue(Start + index * Step);
}

/// <summary>Keeps every walk over a value short: what is nested too deeply or would be endless to print is never made.</summary>
internal static class Extent
{
    public const int MaxDepth = 300;
    public const long MaxWeight = 256L * 1024 * 1024;

    public static (int Depth, long Weight) Of(IEnumerable<Value> items)
    {
        int depth = 0;
        long weight = 2;
        foreach (Value item in items)
        {
            depth = Math.Max(depth, item.Depth);
            weight += 1 + item.Weight;
        }

        if (depth >= MaxDepth)
            throw TemplateException.Exceeded($"a value is nested deeper than {MaxDepth} levels");
        if (weight > MaxWeight)
            throw TemplateException.Exceeded($"a value is larger than {MaxWeight} characters altogether");
        return (depth + 1, weight);
    }
}

/// <summary>A dict: keys in the order they came, equal ones (1, 1.0 and True are) once.</summary>
internal sealed class DictValue : Value
{
    public static readonly DictValue Empty = new([]);

    private readonly OrderedDictionary<Value, Value> _entries = new(ValueComparer.Instance);

    public DictValue(IEnumerable<KeyValuePair<Value, Value>> entries)
    {
        foreach ((Value key, Value value) in entries)
        {
            ValueComparer.RequireHashable(key);
            _entries[key] = value;
        }

        (Depth, Weight) = Extent.Of(_entries.Select(e => e.Key).Concat(_entries.Select(e => e.Value)));
    }

    public IReadOnlyCollection<KeyValuePair<Value, Value>> Entries => _entries;

    internal override string TypeName => "dict";

    internal override bool IsTrue => _entries.Count > 0;

    internal override int Depth { get; }

    internal override long Weight { get; }

    internal override BigInteger? Length => _entries.Count;

    internal override IEnumerable<Value> Elements => _entries.Keys;

    internal override bool IsHashable => false;

    /// <summary>The value of a key, or null. The key must be hashable.</summary>
    public Value? Find(Value key) => _entries.GetValueOrDefault(key);

    public Value? Find(string key) => Find(Value.Of(key));
}

/// <summary>What keys(), values() and items() give: can be iterated and counted, not indexed.</summary>
internal sealed class DictView : Value
{
    public DictView(string name, DictValue dict, Func<KeyValuePair<Value, Value>, Value> select)
    {
        TypeName = $"dict_{name}";
        Source = dict;
        Items = [.. dict.Entries.Select(select)];
        (Depth, Weight) = Extent.Of(Items);
    }

    public DictValue Source { get; }

    public IReadOnlyList<Value> Items { get; }

    internal override string TypeName { get; }

    internal override bool IsTrue => Items.Count > 0;

    internal override int Depth { get; }

    internal override long Weight { get; }

    internal override BigInteger? Length => Items.Count;

    internal override IEnumerable<Value> Elements => Items;

    internal override bool IsHashable => TypeName == "dict_values";
}
