using System.Numerics;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Evaluation;

/// <summary>What a call passes: some by position, some by name.</summary>
internal sealed record Arguments(IReadOnlyList<Value> Positional, IReadOnlyDictionary<string, Value> Keywords)
{
    public static readonly Arguments None = new([], new Dictionary<string, Value>());

    public static Arguments Of(params Value[] positional) => None with { Positional = positional };

    public Arguments Skip(int count) => this with { Positional = [.. Positional.Skip(count)] };
}

/// <summary>
/// The parameters of a builtin, as their names in Jinja or Python. A "?" behind a name makes it optional, "*" takes all further
/// positional and "**" all further named arguments.
/// </summary>
internal sealed class Signature(params string[] parameters)
{
    private readonly string[] _names = [.. parameters.Where(p => p[0] != '*').Select(p => p.TrimEnd('?'))];
    private readonly int _required = parameters.Count(p => p[0] != '*' && !p.EndsWith('?'));
    private readonly bool _takesMore = parameters.Contains("*");
    private readonly bool _takesOthers = parameters.Contains("**");

    public Bound Bind(string function, Arguments arguments)
    {
        Value?[] values = new Value?[_names.Length];
        if (arguments.Positional.Count > _names.Length && !_takesMore)
            throw TemplateException.Failed($"{function}() takes at most {_names.Length} arguments ({arguments.Positional.Count} given)");
        for (int i = 0; i < Math.Min(_names.Length, arguments.Positional.Count); i++)
            values[i] = arguments.Positional[i];
        foreach ((string name, Value value) in arguments.Keywords)
        {
            int index = Array.IndexOf(_names, name);
            if (index < 0 && _takesOthers)
                continue;
            if (index < 0)
                throw TemplateException.Failed($"{function}() got an unexpected keyword argument '{name}'");
            if (values[index] is not null)
                throw TemplateException.Failed($"{function}() got multiple values for argument '{name}'");
            values[index] = value;
        }

        int missing = Array.FindIndex(values, 0, _required, v => v is null);
        return missing < 0
            ? new(values, arguments)
            : throw TemplateException.Failed($"{function}() missing required argument: '{_names[missing]}'");
    }
}

/// <summary>The arguments of a builtin by the place of their parameter.</summary>
/// <param name="All">Those that were passed, for builtins that take any number.</param>
internal readonly record struct Bound(Value?[] Values, Arguments All)
{
    public Value? this[int index] => Values[index];

    public Value Or(int index, Value fallback) => Values[index] ?? fallback;

    public bool Flag(int index, bool fallback = false) => Values[index]?.IsTrue ?? fallback;

    /// <exception cref="TemplateException">It is no integer.</exception>
    public BigInteger Integer(int index, BigInteger fallback) => Values[index] switch
    {
        null => fallback,
        var value when Numbers.TryInteger(value, out BigInteger number) => number,
        Undefined undefined => throw undefined.Failure(),
        var value => throw TemplateException.Failed($"'{value.TypeName}' object cannot be interpreted as an integer"),
    };

    /// <summary>An integer for which all beyond an int is the same.</summary>
    public int Clamped(int index, int fallback) => (int)BigInteger.Clamp(Integer(index, fallback), int.MinValue, int.MaxValue);

    /// <exception cref="TemplateException">It is no string.</exception>
    public string String(int index, string fallback) => Values[index] switch
    {
        null => fallback,
        StringValue text => text.Text,
        Undefined undefined => throw undefined.Failure(),
        var value => throw TemplateException.Failed($"expected str, not {value.TypeName}"),
    };
}

/// <summary>What a filter, test, method or function does. The value is what is filtered, tested or asked; functions get none.</summary>
internal delegate Value BuiltinBody(Rendering rendering, Value value, Bound arguments);

/// <summary>A filter, test, method or function of Jinja or Python.</summary>
internal sealed record Builtin(string Name, Signature Signature, BuiltinBody Body)
{
    public Value Apply(Rendering rendering, Value value, Arguments arguments)
    {
        rendering.Touch(value);
        Value result = Body(rendering, value, Signature.Bind(Name, arguments));
        return result is StringValue { Origin: null } text
            ? text.From(Origin.OfResult(value, arguments.Positional.Concat(arguments.Keywords.Values)))
            : result;
    }
}

/// <summary>Builtins by name.</summary>
internal sealed class BuiltinTable
{
    private readonly Dictionary<string, Builtin> _builtins = [];

    public Builtin? Find(string name) => _builtins.GetValueOrDefault(name);

    /// <param name="parameters">As in <see cref="Signature"/>, with spaces between.</param>
    public BuiltinTable Add(string name, string parameters, BuiltinBody body)
    {
        _builtins.Add(name, new(name, new(parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries)), body));
        return this;
    }

    /// <summary>Another name for one that is there.</summary>
    public BuiltinTable Alias(string alias, string name)
    {
        _builtins.Add(alias, _builtins[name]);
        return this;
    }
}

/// <summary>A builtin as a value: a function, or a method with the value it belongs to.</summary>
internal sealed class BuiltinValue(Builtin builtin, Value? receiver = null) : CallableValue
{
    internal override string TypeName => "builtin_function_or_method";

    public override Value Call(Rendering rendering, Arguments arguments) => builtin.Apply(rendering, receiver ?? None, arguments);

    public override string ToString() => receiver is null
        ? builtin.Name switch
        {
            "range" or "dict" => $"<class '{builtin.Name}'>",
            "cycler" or "joiner" or "namespace" => $"<class 'jinja2.utils.{char.ToUpperInvariant(builtin.Name[0])}{builtin.Name[1..]}'>",
            _ => $"<function {builtin.Name}>",
        }
        : $"<built-in method {builtin.Name} of {receiver.TypeName} object>";
}
