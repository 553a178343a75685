using System.Numerics;

namespace CascadeLocal.Templates.Values;

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
