using System.Numerics;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Python;

/// <summary>The methods of dict, list, tuple and range that change nothing; the sandbox refuses the others.</summary>
internal static class CollectionMethods
{
    public static readonly BuiltinTable OfDict = new BuiltinTable()
        .Add("get", "key default?", Get)
        .Add("keys", "", (r, v, _) => View(r, v, "keys", e => e.Key))
        .Add("values", "", (r, v, _) => View(r, v, "values", e => e.Value))
        .Add("items", "", (r, v, _) => View(r, v, "items", e => new TupleValue([e.Key, e.Value])))
        .Add("copy", "", (_, v, _) => v);

    public static readonly BuiltinTable OfSequence = Sequence();

    public static readonly BuiltinTable OfList = Sequence().Add("copy", "", (_, v, _) => v);

    public static readonly BuiltinTable OfRange = Sequence("value");

    private static BuiltinTable Sequence(string parameters = "value start? stop?") => new BuiltinTable()
        .Add("index", parameters, Index)
        .Add("count", "value", (r, v, a) => Value.Of(r.Iterate(v).Count(e => r.AreEqual(e, a[0]!))));

    private static Value Get(Rendering rendering, Value value, Bound arguments)
    {
        ValueComparer.RequireHashable(arguments[0]!);
        rendering.Walk(arguments[0]!);
        return ((DictValue)value).Find(arguments[0]!) ?? arguments.Or(1, Value.None);
    }

    private static DictView View(Rendering rendering, Value value, string name, Func<KeyValuePair<Value, Value>, Value> select)
    {
        rendering.AllocateElements(((DictValue)value).Entries.Count);
        return new(name, (DictValue)value, select);
    }

    private static Value Index(Rendering rendering, Value value, Bound arguments)
    {
        int count = (int)value.Length!.Value;
        (BigInteger start, BigInteger stop) = value is RangeValue ? (0, count) : (Place(1, 0), Place(2, count));
        int at = 0;
        foreach (Value element in rendering.Iterate(value))
        {
            if (at >= start && at < stop && rendering.AreEqual(element, arguments[0]!))
                return Value.Of(at);
            at++;
        }

        throw TemplateException.Failed($"{Repr.Of(arguments[0]!, rendering.MaxCharacters)} is not in {value.TypeName}");

        BigInteger Place(int index, BigInteger fallback) =>
            arguments.Integer(index, fallback) is var place && place < 0 ? BigInteger.Max(0, place + count) : place;
    }
}

/// <summary>The few methods and attributes of int and float that make sense in a template.</summary>
internal static class NumberMethods
{
    private static readonly BuiltinTable OfFloat = new BuiltinTable()
        .Add("is_integer", "", (_, v, _) => Value.Of(((FloatValue)v).Number is var number && double.IsFinite(number) && Math.Floor(number) == number))
        .Add("conjugate", "", (_, v, _) => v);

    private static readonly BuiltinTable OfInteger = new BuiltinTable()
        .Add("bit_length", "", (_, v, _) => Value.Of((long)BigInteger.Abs(Number(v)).GetBitLength()))
        .Add("conjugate", "", (_, v, _) => new IntegerValue(Number(v)));

    public static Builtin? Find(Value value, string name) => (value is FloatValue ? OfFloat : OfInteger).Find(name);

    public static Value? Attribute(Value value, string name) => (value, name) switch
    {
        (FloatValue, "real") => value,
        (FloatValue, "imag") => Value.Of(0.0),
        (FloatValue, _) => null,
        (_, "real" or "numerator") => new IntegerValue(Number(value)),
        (_, "imag") => Value.Of(0),
        (_, "denominator") => Value.Of(1),
        _ => null,
    };

    private static BigInteger Number(Value value) => Numbers.TryInteger(value, out BigInteger number) ? number : 0;
}
