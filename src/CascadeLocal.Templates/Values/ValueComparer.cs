using System.Numerics;

namespace CascadeLocal.Templates.Values;

/// <summary>Python's == and hash. Numbers of all kinds are equal by value.</summary>
internal sealed class ValueComparer : IEqualityComparer<Value>
{
    public static readonly ValueComparer Instance = new();

    private ValueComparer()
    {
    }

    public bool Equals(Value? x, Value? y) => ReferenceEquals(x, y) || (x is not null && y is not null && AreEqual(x, y));

    public int GetHashCode(Value obj) => obj switch
    {
        StringValue text => text.Text.GetHashCode(StringComparison.Ordinal),
        FloatValue { Number: var number } when double.IsFinite(number) && Math.Floor(number) == number => new BigInteger(number).GetHashCode(),
        FloatValue number => number.Number.GetHashCode(),
        TupleValue tuple => tuple.Items.Aggregate(17, (hash, item) => HashCode.Combine(hash, GetHashCode(item))),
        NoneValue or Undefined => 0,
        _ when Numbers.TryInteger(obj, out BigInteger number) => number.GetHashCode(),
        _ => obj.GetHashCode(),
    };

    public static bool AreEqual(Value a, Value b) => (a, b) switch
    {
        (StringValue x, StringValue y) => x.Text == y.Text,
        (Undefined, Undefined) => true,
        (ListValue x, ListValue y) => AllEqual(x.Items, y.Items),
        (TupleValue x, TupleValue y) => AllEqual(x.Items, y.Items),
        (DictValue x, DictValue y) => AllEqual(x, y),
        (RangeValue x, RangeValue y) => x.Elements.SequenceEqual(y.Elements, Instance),
        (DictView { TypeName: "dict_keys" } x, DictView { TypeName: "dict_keys" } y) =>
            x.Items.Count == y.Items.Count && x.Items.All(k => y.Source.Find(k) is not null),
        (DictView { TypeName: "dict_items" } x, DictView { TypeName: "dict_items" } y) => AllEqual(x.Source, y.Source),
        _ when Numbers.IsNumber(a) && Numbers.IsNumber(b) => Numbers.Compare(a, b) == 0,
        _ => ReferenceEquals(a, b),
    };

    /// <exception cref="TemplateException">It cannot be a key.</exception>
    public static void RequireHashable(Value key)
    {
        if (!key.IsHashable)
            throw TemplateException.Failed($"unhashable type: '{key.TypeName}'");
    }

    private static bool AllEqual(IReadOnlyList<Value> a, IReadOnlyList<Value> b) => a.Count == b.Count && a.SequenceEqual(b, Instance);

    private static bool AllEqual(DictValue a, DictValue b) =>
        a.Entries.Count == b.Entries.Count && a.Entries.All(e => b.Find(e.Key) is { } other && Instance.Equals(e.Value, other));
}
