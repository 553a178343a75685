using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Python;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Builtins;

/// <summary>Filters that compare elements. Unless told otherwise they ignore case.</summary>
internal static class SortingFilters
{
    public static void AddTo(BuiltinTable table) => table
        .Add("sort", "reverse? case_sensitive? attribute?", Sort)
        .Add("dictsort", "case_sensitive? by? reverse?", DictSort)
        .Add("unique", "case_sensitive? attribute?", Unique)
        .Add("groupby", "attribute default? case_sensitive?", GroupBy)
        .Add("min", "case_sensitive? attribute?", (r, v, a) => Extreme(r, v, a, sign: 1))
        .Add("max", "case_sensitive? attribute?", (r, v, a) => Extreme(r, v, a, sign: -1));

    private static ListValue Sort(Rendering rendering, Value value, Bound arguments)
    {
        // "a,b" sorts by a, then by b.
        Value attribute = arguments.Or(2, Value.None);
        AttributePath[] paths = attribute is StringValue text
            ? [.. text.Text.Split(',').Select(p => new AttributePath(rendering, new StringValue(p), Case(arguments, 1)))]
            : [new AttributePath(rendering, attribute, Case(arguments, 1))];
        return rendering.List(Sorted(rendering, value, i => new ListValue([.. paths.Select(p => p.Of(i))]), arguments.Flag(0)));
    }

    private static ListValue DictSort(Rendering rendering, Value value, Bound arguments)
    {
        if (value is Undefined undefined)
            throw undefined.Failure();
        if (value is not DictValue dict)
            throw TemplateException.Failed($"'{value.TypeName}' object has no attribute 'items'");
        int place = arguments.String(1, "key") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw TemplateException.Failed("You can only sort by either \"key\" or \"value\""),
        };
        ListValue pairs = new([.. dict.Entries.Select(e => new TupleValue([e.Key, e.Value]))]);
        Func<Value, Value> ofCase = Case(arguments, 0);
        return rendering.List(Sorted(rendering, pairs, p => ofCase(((TupleValue)p).Items[place]), arguments.Flag(2)));
    }

    private static GeneratorValue Unique(Rendering rendering, Value value, Bound arguments)
    {
        AttributePath path = new(rendering, arguments.Or(1, Value.None), Case(arguments, 0));
        return new("generator object do_unique", Elements(), value);

        IEnumerable<Value> Elements()
        {
            HashSet<Value> seen = new(ValueComparer.Instance);
            foreach (Value element in rendering.Iterate(value))
            {
                Value key = path.Of(element);
                ValueComparer.RequireHashable(key);
                rendering.Walk(key);
                rendering.AllocateElements(1);
                if (seen.Add(key))
                    yield return element;
            }
        }
    }

    private static ListValue GroupBy(Rendering rendering, Value value, Bound arguments)
    {
        AttributePath plain = new(rendering, arguments[0]!, Default: arguments[1]);
        AttributePath path = plain with { Adapt = Case(arguments, 2) };
        List<(Value Key, List<Value> Items)> groups = [];
        foreach (Value item in Sorted(rendering, value, path.Of, isReversed: false))
        {
            Value key = path.Of(item);
            if (groups.Count == 0 || !rendering.AreEqual(groups[^1].Key, key))
                groups.Add((key, []));
            groups[^1].Items.Add(item);
        }

        return rendering.List(groups.Select(g => new TupleValue([plain.Of(g.Items[0]), rendering.List(g.Items)], isGroup: true)));
    }

    private static Value Extreme(Rendering rendering, Value value, Bound arguments, int sign)
    {
        AttributePath path = new(rendering, arguments.Or(1, Value.None), Case(arguments, 0));
        (Value Key, Value Item)? best = null;
        foreach (Value item in rendering.Iterate(value))
        {
            Value key = path.Of(item);
            if (best is null || Compare(rendering, key, best.Value.Key) * sign < 0)
                best = (key, item);
        }

        return best?.Item ?? new Undefined("No aggregated item, sequence was empty.");
    }

    private static Value[] Sorted(Rendering rendering, Value value, Func<Value, Value> key, bool isReversed) => Sorting.Sort(
        [.. rendering.ToList(value)], key, (a, b) => Compare(rendering, a, b) * (isReversed ? -1 : 1));

    private static int Compare(Rendering rendering, Value a, Value b)
    {
        rendering.Step(1 + Math.Min(a.Weight, b.Weight) / 64);
        return Ordering.Compare(a, b);
    }

    private static Func<Value, Value> Case(Bound arguments, int sensitive) => arguments.Flag(sensitive) ? v => v : AttributePath.IgnoreCase;
}
