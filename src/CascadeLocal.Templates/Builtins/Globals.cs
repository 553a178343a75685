using System.Numerics;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Builtins;

/// <summary>The functions that every template can call.</summary>
internal static class Globals
{
    private const int MaxRange = 100_000;

    private static readonly Dictionary<string, BuiltinValue> Functions = Table(
        ("range", "start stop? step?", Range),
        ("dict", "* **", (r, _, a) => Dict(r, a.All)),
        ("namespace", "* **", (r, _, a) => Namespace(r, a.All)),
        ("cycler", "*", (_, _, a) => new Cycler(a.All.Positional)),
        ("joiner", "sep?", (_, _, a) => new Joiner(a.Or(0, Value.Of(", ")))),
        ("raise_exception", "message", (r, _, a) => throw new TemplateException(TemplateErrorKind.Raised, r.Text(a[0]!))),
        ("strftime_now", "format", (r, _, a) => r.String(StrfTime.Format(r.Now, a.String(0, "")))));

    /// <summary>A new scope with them all, in which variables of the same name take their place.</summary>
    public static Scope Scope()
    {
        Scope scope = new(null);
        foreach ((string name, BuiltinValue function) in Functions)
            scope.Set(name, function);
        return scope;
    }

    private static RangeValue Range(Rendering rendering, Value value, Bound arguments)
    {
        BigInteger first = arguments.Integer(0, 0), step = arguments.Integer(2, 1);
        (BigInteger start, BigInteger stop) = arguments[1] is null ? (0, first) : (first, arguments.Integer(1, 0));
        if (step.IsZero)
            throw TemplateException.Failed("range() arg 3 must not be zero");
        if ((stop - start) / step > MaxRange)
            throw TemplateException.Exceeded($"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({MaxRange}).");
        return new RangeValue(start, stop, step);
    }

    private static DictValue Dict(Rendering rendering, Arguments arguments)
    {
        IEnumerable<KeyValuePair<Value, Value>> entries = arguments.Positional switch
        {
            [] => [],
            [Undefined undefined] => throw undefined.Failure(),
            [DictValue dict] => dict.Entries,
            [var pairs] => rendering.Iterate(pairs).Select(p => rendering.ToList(p) is [var key, var item]
                ? KeyValuePair.Create(key, item)
                : throw TemplateException.Failed("dictionary update sequence element has not length 2")),
            _ => throw TemplateException.Failed($"dict expected at most 1 argument, got {arguments.Positional.Count}"),
        };
        KeyValuePair<Value, Value>[] all =
            [.. entries, .. arguments.Keywords.Select(k => KeyValuePair.Create(Value.Of(k.Key), k.Value))];
        rendering.AllocateElements(all.Length);
        return new(all);
    }

    private static NamespaceValue Namespace(Rendering rendering, Arguments arguments)
    {
        NamespaceValue space = new();
        foreach ((Value key, Value value) in Dict(rendering, arguments).Entries)
            space.Set(rendering.Text(key), value);
        return space;
    }

    private static Dictionary<string, BuiltinValue> Table(params (string Name, string Parameters, BuiltinBody Body)[] functions) =>
        functions.ToDictionary(f => f.Name, f => new BuiltinValue(new(f.Name, new(f.Parameters.Split(' ')), f.Body)));
}

/// <summary><c>cycler(a, b)</c>: its next() gives the items in turn.</summary>
internal sealed class Cycler : Value, IMembers
{
    private readonly IReadOnlyList<Value> _items;
    private int _at;

    public Cycler(IReadOnlyList<Value> items) =>
        _items = items.Count > 0 ? items : throw TemplateException.Failed("at least one item has to be provided");

    internal override string TypeName => "jinja2.utils.Cycler";

    public Value? Member(string name) => name switch
    {
        "current" => _items[_at],
        "items" => new TupleValue([.. _items]),
        "pos" => Of(_at),
        "next" => new BuiltinValue(new("next", new(), (_, _, _) => Next())),
        "reset" => new BuiltinValue(new("reset", new(), (_, _, _) => Reset())),
        _ => null,
    };

    public override string ToString() => "<jinja2.utils.Cycler object>";

    private Value Next()
    {
        Value item = _items[_at];
        _at = (_at + 1) % _items.Count;
        return item;
    }

    private Value Reset()
    {
        _at = 0;
        return None;
    }
}

/// <summary><c>joiner(', ')</c>: gives nothing when it is first called, then its text.</summary>
internal sealed class Joiner(Value separator) : CallableValue, IMembers
{
    private bool _isUsed;

    internal override string TypeName => "jinja2.utils.Joiner";

    public override Value Call(Rendering rendering, Arguments arguments)
    {
        Value text = _isUsed ? separator : StringValue.Empty;
        _isUsed = true;
        return text;
    }

    public Value? Member(string name) => name switch
    {
        "sep" => separator,
        "used" => Of(_isUsed),
        _ => null,
    };

    public override string ToString() => "<jinja2.utils.Joiner object>";
}
