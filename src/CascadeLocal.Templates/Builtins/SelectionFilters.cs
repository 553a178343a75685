using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Builtins;

/// <summary>Filters that apply a test or filter to each element. They give generators: nothing happens until these are read.</summary>
internal static class SelectionFilters
{
    public static void AddTo(BuiltinTable table) => table
        .Add("map", "* **", Map)
        .Add("select", "* **", (r, v, a) => Select(r, v, a, keeps: true, byAttribute: false))
        .Add("reject", "* **", (r, v, a) => Select(r, v, a, keeps: false, byAttribute: false))
        .Add("selectattr", "* **", (r, v, a) => Select(r, v, a, keeps: true, byAttribute: true))
        .Add("rejectattr", "* **", (r, v, a) => Select(r, v, a, keeps: false, byAttribute: true));

    private static GeneratorValue Map(Rendering rendering, Value value, Bound bound)
    {
        return new("generator object sync_do_map", Elements(), value);

        IEnumerable<Value> Elements()
        {
            if (!value.IsTrue)
                yield break;
            Func<Value, Value> map = Mapping(rendering, bound.All);
            foreach (Value element in rendering.Iterate(value))
                yield return map(element);
        }
    }

    private static Func<Value, Value> Mapping(Rendering rendering, Arguments arguments)
    {
        if (arguments.Positional.Count == 0 && arguments.Keywords.TryGetValue("attribute", out Value? attribute))
        {
            if (arguments.Keywords.Keys.FirstOrDefault(k => k is not ("attribute" or "default")) is { } other)
                throw TemplateException.Failed($"Unexpected keyword argument '{other}'");
            return new AttributePath(rendering, attribute, Default: arguments.Keywords.GetValueOrDefault("default")).Of;
        }

        if (arguments.Positional.Count == 0)
            throw TemplateException.Failed("map requires a filter argument");
        string name = rendering.Text(arguments.Positional[0]);
        Builtin filter = Filters.Find(name) ?? throw TemplateException.Failed(Filters.Unknown(name));
        Arguments rest = arguments.Skip(1);
        return element => filter.Apply(rendering, element, rest);
    }

    private static GeneratorValue Select(Rendering rendering, Value value, Bound bound, bool keeps, bool byAttribute)
    {
        return new("generator object select_or_reject", Elements(), value);

        IEnumerable<Value> Elements()
        {
            if (!value.IsTrue)
                yield break;
            Func<Value, bool> holds = Condition(rendering, bound.All, byAttribute);
            foreach (Value element in rendering.Iterate(value))
                if (holds(element) == keeps)
                    yield return element;
        }
    }

    private static Func<Value, bool> Condition(Rendering rendering, Arguments arguments, bool byAttribute)
    {
        if (byAttribute && arguments.Positional.Count == 0)
            throw TemplateException.Failed("Missing parameter for attribute name");
        AttributePath path = new(rendering, byAttribute ? arguments.Positional[0] : Value.None);
        Arguments rest = arguments.Skip(byAttribute ? 1 : 0);
        if (rest.Positional.Count == 0)
            return element => path.Of(element).IsTrue;
        string name = rendering.Text(rest.Positional[0]);
        Builtin test = Tests.Find(name) ?? throw TemplateException.Failed(Tests.Unknown(name));
        rest = rest.Skip(1);
        return element => test.Apply(rendering, path.Of(element), rest).IsTrue;
    }
}
