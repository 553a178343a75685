using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Python;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Builtins;

/// <summary>Every filter by name: Jinja's own, and those that transformers adds.</summary>
internal static class Filters
{
    private static readonly BuiltinTable Table = new();

    static Filters()
    {
        GeneralFilters.AddTo(Table);
        StringFilters.AddTo(Table);
        MarkupFilters.AddTo(Table);
        NumberFilters.AddTo(Table);
        SequenceFilters.AddTo(Table);
        SelectionFilters.AddTo(Table);
        SortingFilters.AddTo(Table);
    }

    public static Builtin? Find(string name) => Table.Find(name);

    public static string Unknown(string name) => $"No filter named {Repr.Of(new StringValue(name))}.";
}

/// <summary>Filters for values of any kind.</summary>
internal static class GeneralFilters
{
    public static void AddTo(BuiltinTable table) => table
        .Add("default", "default_value? boolean?", Default).Alias("d", "default")
        .Add("string", "", (r, v, _) => v as StringValue ?? r.String(r.Text(v)))
        .Add("length", "", (_, v, _) => Length(v)).Alias("count", "length")
        .Add("list", "", (r, v, _) => r.List(r.Iterate(v)))
        .Add("items", "", Items)
        .Add("attr", "name", (r, v, a) => Attr(r, v, a[0]!))
        .Add("tojson", "ensure_ascii? indent? separators? sort_keys?", Json)
        .Add("from_json", "", (r, v, a) => JsonValues.Parse(v is StringValue text ? text.Text : throw TemplateException.Failed(
            $"the JSON object must be str, bytes or bytearray, not {v.TypeName}")))
        .Add("pprint", "", PrettyPrint.Apply)
        .Add("random", "", (_, _, _) => throw TemplateException.Failed("random is refused: a prompt depends on nothing but its input"));

    private static Value Default(Rendering rendering, Value value, Bound arguments) =>
        value is Undefined || (arguments.Flag(1) && !value.IsTrue) ? arguments.Or(0, StringValue.Empty) : value;

    private static IntegerValue Length(Value value) => value.Length is { } length
        ? new(length)
        : throw TemplateException.Failed($"object of type '{value.TypeName}' has no len()");

    private static GeneratorValue Items(Rendering rendering, Value value, Bound arguments)
    {
        return new("generator object do_items", Pairs(), value);

        IEnumerable<Value> Pairs() => value switch
        {
            Undefined => [],
            DictValue dict => dict.Entries.Select(e => new TupleValue([e.Key, e.Value])),
            _ => throw TemplateException.Failed("Can only get item pairs from a mapping."),
        };
    }

    private static Value Attr(Rendering rendering, Value value, Value name)
    {
        if (value is Undefined undefined)
            throw undefined.Failure();
        string text = rendering.Text(name);
        return Members.Attribute(value, text) ?? Undefined.Member(value, Value.Of(text));
    }

    private static StringValue Json(Rendering rendering, Value value, Bound arguments)
    {
        JsonWriter writer = new(rendering.MaxCharacters)
        {
            EscapesNonAscii = arguments.Flag(0),
            SortsKeys = arguments.Flag(3),
        };
        writer.SetIndent(arguments.Or(1, Value.None));
        writer.SetSeparators(arguments.Or(2, Value.None));
        rendering.Walk(value);
        return rendering.String(writer.Write(value));
    }
}
