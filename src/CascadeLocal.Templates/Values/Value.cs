using System.Globalization;
using System.Numerics;
using System.Text.Json;

using CascadeLocal.Templates.Text;

namespace CascadeLocal.Templates.Values;

/// <summary>
/// A value as templates know it: Python's none, bool, int, float, str, list, tuple and dict, and what Jinja adds. Those that
/// callers can make are immutable and may be shared by threads.
/// </summary>
public abstract class Value
{
    private protected Value()
    {
    }

    /// <summary>Python's <c>None</c>.</summary>
    public static Value None => NoneValue.Instance;

    /// <summary><c>True</c> or <c>False</c>.</summary>
    public static Value Of(bool value) => value ? BooleanValue.True : BooleanValue.False;

    /// <summary>An <c>int</c>.</summary>
    public static Value Of(long value) => new IntegerValue(value);

    /// <summary>A <c>float</c>.</summary>
    public static Value Of(double value) => new FloatValue(value);

    /// <summary>A <c>str</c>; a template sees its code points.</summary>
    public static Value Of(string value) => new StringValue(value, origin: Origin.Template);

    /// <summary>A <c>str</c> that is not the template's: <see cref="RenderedText"/> tells what of it is in the prompt.</summary>
    public static Value Data(string value) => new StringValue(value, origin: Origin.Data);

    /// <summary>A <c>list</c>.</summary>
    /// <exception cref="TemplateException">It is nested too deeply or too large altogether.</exception>
    public static Value List(IEnumerable<Value> items) => new ListValue([.. items]);

    /// <summary>A <c>dict</c> in the order given; of equal keys the last one's value stays, at the first one's place.</summary>
    /// <exception cref="TemplateException">It is nested too deeply or too large altogether.</exception>
    public static Value Dict(IEnumerable<KeyValuePair<string, Value>> entries) =>
        new DictValue(entries.Select(e => KeyValuePair.Create(Of(e.Key), e.Value)));

    /// <summary>What <c>json.loads</c> makes of it: 1 is an int and 1.0 a float, keys keep their order. Its strings are <see cref="Data"/>.</summary>
    /// <exception cref="TemplateException">It is nested too deeply or too large altogether.</exception>
    public static Value FromJson(JsonElement json) => JsonValues.Read(json);

    /// <summary>Python's name of the type, as it stands in messages.</summary>
    internal abstract string TypeName { get; }

    /// <summary>What <c>if</c> makes of it.</summary>
    internal virtual bool IsTrue => true;

    /// <summary>How many containers are inside one another here.</summary>
    internal virtual int Depth => 0;

    /// <summary>About how many characters it takes to print: what any walk over the value costs.</summary>
    internal virtual long Weight => 1;

    /// <summary>Python's <c>len</c>, or null where there is none.</summary>
    internal virtual BigInteger? Length => null;

    /// <summary>Its elements, or null where it cannot be iterated.</summary>
    internal virtual IEnumerable<Value>? Elements => null;

    internal virtual bool IsHashable => true;
}

internal sealed class NoneValue : Value
{
    public static readonly NoneValue Instance = new();

    private NoneValue()
    {
    }

    internal override string TypeName => "NoneType";

    internal override bool IsTrue => false;
}

/// <summary>
/// What a name, attribute or item that is not there gives. It prints as nothing, is empty and false; other uses throw its reason.
/// </summary>
internal sealed class Undefined(string reason) : Value
{
    /// <summary>Why it is undefined: thrown when it is used.</summary>
    public string Reason { get; } = reason;

    internal override string TypeName => "Undefined";

    internal override bool IsTrue => false;

    internal override BigInteger? Length => BigInteger.Zero;

    internal override IEnumerable<Value> Elements => [];

    public static Undefined Named(string name) => new($"'{name}' is undefined");

    public static Undefined Member(Value owner, Value key)
    {
        string type = owner is NoneValue ? "None" : $"{owner.TypeName} object";
        return key is StringValue name
            ? new($"'{type}' has no attribute {Repr.Of(name)}")
            : new($"{type} has no element {Repr.Of(key)}");
    }

    public TemplateException Failure() => TemplateException.Failed(Reason);
}

internal sealed class BooleanValue : Value
{
    public static readonly BooleanValue True = new(true);
    public static readonly BooleanValue False = new(false);

    private BooleanValue(bool isTrue) => IsTrue = isTrue;

    internal override string TypeName => "bool";

    internal override bool IsTrue { get; }
}

internal sealed class IntegerValue(BigInteger number) : Value
{
    public BigInteger Number { get; } = number;

    internal override string TypeName => "int";

    internal override bool IsTrue => !Number.IsZero;

    internal override long Weight => 1 + Number.GetBitLength() / 3;
}

internal sealed class FloatValue(double number) : Value
{
    public double Number { get; } = number;

    internal override string TypeName => "float";

    internal override bool IsTrue => Number != 0;
}

/// <summary>What Python's bool, int and float have in common.</summary>
internal static class Numbers
{
    private const long MaxBits = 1 << 16;

    public static bool IsNumber(Value value) => value is IntegerValue or FloatValue or BooleanValue;

    /// <summary>An int, or a bool, which is one.</summary>
    public static bool TryInteger(Value value, out BigInteger number)
    {
        number = value switch
        {
            IntegerValue integer => integer.Number,
            BooleanValue boolean => boolean.IsTrue ? BigInteger.One : BigInteger.Zero,
            _ => default,
        };
        return value is IntegerValue or BooleanValue;
    }

    /// <exception cref="TemplateException">An int that no float can hold.</exception>
    public static double ToDouble(Value value)
    {
        if (value is FloatValue real)
            return real.Number;
        TryInteger(value, out BigInteger integer);
        double number = (double)integer;
        return double.IsFinite(number) ? number : throw TemplateException.Failed("int too large to convert to float");
    }

    /// <summary>Their order, exact also between int and float; null where one is not a number (nan).</summary>
    public static int? Compare(Value a, Value b)
    {
        bool aIsInteger = TryInteger(a, out BigInteger x), bIsInteger = TryInteger(b, out BigInteger y);
        if (aIsInteger && bIsInteger)
            return x.CompareTo(y);
        if (aIsInteger)
            return -CompareTo(((FloatValue)b).Number, x);
        if (bIsInteger)
            return CompareTo(((FloatValue)a).Number, y);
        double p = ((FloatValue)a).Number, q = ((FloatValue)b).Number;
        return double.IsNaN(p) || double.IsNaN(q) ? null : p.CompareTo(q);
    }

    /// <summary>Refuses integers so large that arithmetic on them would take its time.</summary>
    public static IntegerValue Integer(BigInteger number) => number.GetBitLength() <= MaxBits
        ? new(number)
        : throw TemplateException.Exceeded($"an integer has more than {MaxBits} bits");

    public static string ToText(BigInteger number)
    {
        string text = number.ToString(CultureInfo.InvariantCulture);
        return text.Length - (number.Sign < 0 ? 1 : 0) <= NumberText.MaxDigits
            ? text
            : throw TemplateException.Failed($"Exceeds the limit ({NumberText.MaxDigits} digits) for integer string conversion");
    }

    private static int? CompareTo(double number, BigInteger integer)
    {
        if (double.IsNaN(number))
            return null;
        if (double.IsInfinity(number))
            return Math.Sign(number);
        double whole = Math.Floor(number);
        int order = new BigInteger(whole).CompareTo(integer);
        return order != 0 || whole == number ? order : 1;
    }
}

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
