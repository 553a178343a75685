using System.Numerics;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Python;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Builtins;

/// <summary>Every test by name.</summary>
internal static class Tests
{
    private static readonly BuiltinTable Table = new();

    static Tests()
    {
        AddKinds();
        AddNumbers();
        AddComparisons();
        Add("in", "seq", (r, v, a) => Operators.Contains(r, a[0]!, v));
        Add("sameas", "other", (_, v, a) => AreSame(v, a[0]!));
        Add("escaped", "", (_, v, _) => v is StringValue { IsSafe: true });
        Add("lower", "", (r, v, _) => StringPredicates.IsLower(r.Text(v)));
        Add("upper", "", (r, v, _) => StringPredicates.IsUpper(r.Text(v)));
        Add("filter", "", (_, v, _) => Names(v, Filters.Find));
        Add("test", "", (_, v, _) => Names(v, Find));
    }

    public static Builtin? Find(string name) => Table.Find(name);

    public static string Unknown(string name) => $"No test named {Repr.Of(new StringValue(name))}.";

    private static bool Names(Value value, Func<string, Builtin?> find)
    {
        ValueComparer.RequireHashable(value);
        return value is StringValue name && find(name.Text) is not null;
    }

    private static void AddKinds()
    {
        Add("defined", "", (_, v, _) => v is not Undefined);
        Add("undefined", "", (_, v, _) => v is Undefined);
        Add("none", "", (_, v, _) => v is NoneValue);
        Add("boolean", "", (_, v, _) => v is BooleanValue);
        Add("true", "", (_, v, _) => ReferenceEquals(v, BooleanValue.True));
        Add("false", "", (_, v, _) => ReferenceEquals(v, BooleanValue.False));
        Add("integer", "", (_, v, _) => v is IntegerValue);
        Add("float", "", (_, v, _) => v is FloatValue);
        Add("number", "", (_, v, _) => Numbers.IsNumber(v));
        Add("string", "", (_, v, _) => v is StringValue);
        Add("mapping", "", (_, v, _) => v is DictValue);
        Add("iterable", "", (_, v, _) => v.Elements is not null || v is LoopValue);
        Add("sequence", "", (_, v, _) => v is StringValue or SequenceValue or DictValue or RangeValue or Undefined);
        Add("callable", "", (_, v, _) => v is CallableValue or Undefined);
    }

    private static void AddNumbers()
    {
        Add("odd", "", (r, v, _) => HasRest(r, v, 2, 1));
        Add("even", "", (r, v, _) => HasRest(r, v, 2, 0));
        Add("divisibleby", "num", (r, v, a) => ValueComparer.AreEqual(Operators.Apply(r, "%", v, a[0]!), Value.Of(0)));
    }

    private static void AddComparisons()
    {
        foreach ((string sign, string[] names) in new (string, string[])[]
        {
            ("==", ["eq", "equalto", "=="]), ("!=", ["ne", "!="]), ("<", ["lt", "lessthan", "<"]), ("<=", ["le", "<="]),
            (">", ["gt", "greaterthan", ">"]), (">=", ["ge", ">="]),
        })
        {
            foreach (string name in names)
                Add(name, "other", (r, v, a) => Operators.Compare(r, sign, v, a[0]!));
        }
    }

    private static bool HasRest(Rendering rendering, Value value, BigInteger divisor, BigInteger rest) =>
        ValueComparer.AreEqual(Operators.Apply(rendering, "%", value, new IntegerValue(divisor)), new IntegerValue(rest));

    /// <summary>Python's "is": the same object, or a small constant, of which there is one each.</summary>
    private static bool AreSame(Value a, Value b) => ReferenceEquals(a, b) || (a, b) switch
    {
        (IntegerValue x, IntegerValue y) => x.Number == y.Number,
        (StringValue x, StringValue y) => x.Text == y.Text && x.IsSafe == y.IsSafe,
        (FloatValue x, FloatValue y) => x.Number.Equals(y.Number),
        (TupleValue { Items.Count: 0 }, TupleValue { Items.Count: 0 }) => true,
        _ => false,
    };

    private static void Add(string name, string parameters, Func<Rendering, Value, Bound, bool> holds) =>
        Table.Add(name, parameters, (r, v, a) => Value.Of(holds(r, v, a)));
}
