using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Syntax;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Runtime;

/// <summary>A macro, or the body of a call block. It sees the names around its definition as they are when it is called.</summary>
internal sealed class MacroValue(Interpreter interpreter, MacroBody macro, Scope definition) : CallableValue, IMembers
{
    private readonly string _name = macro.Name ?? "caller";

    internal override string TypeName => "Macro";

    public override Value Call(Rendering rendering, Arguments arguments)
    {
        Scope scope = new(definition, macro.Body);
        Dictionary<string, Value> keywords = new(arguments.Keywords);
        BindParameters(scope, arguments.Positional, keywords);
        BindSpecials(scope, arguments.Positional, keywords);
        return interpreter.Run(macro, scope);
    }

    public Value? Member(string name) => name switch
    {
        "name" => Of(_name),
        "arguments" => new TupleValue([.. macro.Parameters.Select(Of)]),
        "catch_kwargs" => Of(macro.Specials.Contains("kwargs")),
        "catch_varargs" => Of(macro.Specials.Contains("varargs")),
        "caller" => Of(macro.Specials.Contains("caller")),
        _ => null,
    };

    public override string ToString() => macro.Name is null ? "<Macro anonymous>" : $"<Macro '{_name}'>";

    private void BindParameters(Scope scope, IReadOnlyList<Value> positional, Dictionary<string, Value> keywords)
    {
        int firstDefault = macro.Parameters.Count - macro.Defaults.Count;
        for (int i = 0; i < macro.Parameters.Count; i++)
        {
            string name = macro.Parameters[i];
            Value? value = null;
            if (i < positional.Count)
                value = positional[i];
            else if (!keywords.Remove(name, out value) && i >= firstDefault)
                value = interpreter.Evaluate(macro.Defaults[i - firstDefault], scope);
            scope.Set(name, value ?? new Undefined($"parameter '{name}' was not provided"));
        }
    }

    private void BindSpecials(Scope scope, IReadOnlyList<Value> positional, Dictionary<string, Value> keywords)
    {
        if (Takes("caller"))
            scope.Set("caller", keywords.Remove("caller", out Value? caller) ? caller : new Undefined("No caller defined"));
        if (Takes("kwargs"))
            scope.Set("kwargs", new DictValue(keywords.Select(k => KeyValuePair.Create(Of(k.Key), k.Value))));
        else if (keywords.Count > 0)
            throw TemplateException.Failed($"macro {Repr.Of(new StringValue(_name))} takes no keyword argument {Repr.Of(new StringValue(keywords.Keys.First()))}");
        Value[] rest = [.. positional.Skip(macro.Parameters.Count)];
        if (Takes("varargs"))
            scope.Set("varargs", new TupleValue(rest));
        else if (rest.Length > 0)
            throw TemplateException.Failed($"macro {Repr.Of(new StringValue(_name))} takes not more than {macro.Parameters.Count} argument(s)");

        bool Takes(string special) => macro.Specials.Contains(special) && !macro.Parameters.Contains(special);
    }
}
