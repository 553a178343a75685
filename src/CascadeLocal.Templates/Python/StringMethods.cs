using System.Numerics;
using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Text;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Python;

/// <summary>The methods of Python's str. Those of a safe string give safe strings, and escape what is put into them.</summary>
internal static class StringMethods
{
    private static readonly BuiltinTable Table = new();

    static StringMethods()
    {
        AddCase();
        AddParts();
        AddSearch();
        StringPredicates.AddTo(Table);
        StringPadding.AddTo(Table);
        Table.Add("format", "* **", (r, v, a) => BraceFormat.Apply(r, (StringValue)v, a.All));
        Table.Add("format_map", "mapping", (r, v, a) => BraceFormat.Apply(r, (StringValue)v, KeywordsOf(a[0]!)));
    }

    public static Builtin? Find(string name) => Table.Find(name);

    /// <summary>What is put into a text: a string, escaped if the text is safe.</summary>
    public static StringValue Part(StringValue text, Value part) => part switch
    {
        StringValue other => text.IsSafe ? Html.Escaped(other) : other,
        Undefined undefined => throw undefined.Failure(),
        _ => throw TemplateException.Failed($"expected a str, got {part.TypeName}"),
    };

    private static void AddCase() => Table
        .Add("upper", "", (r, v, _) => Mapped(r, v, CaseMapping.Upper))
        .Add("lower", "", (r, v, _) => Mapped(r, v, CaseMapping.Lower))
        .Add("title", "", (r, v, _) => Mapped(r, v, CaseMapping.TitleWords))
        .Add("capitalize", "", (r, v, _) => Mapped(r, v, CaseMapping.Capitalize))
        .Add("swapcase", "", (r, v, _) => Mapped(r, v, CaseMapping.SwapCase))
        .Add("casefold", "", (r, v, _) => Mapped(r, v, t => CaseMapping.Lower(CaseMapping.Upper(t)).Replace('ς', 'σ')));

    private static void AddParts() => Table
        .Add("strip", "chars?", (r, v, a) => Strip(v, a, start: true, end: true))
        .Add("lstrip", "chars?", (r, v, a) => Strip(v, a, start: true, end: false))
        .Add("rstrip", "chars?", (r, v, a) => Strip(v, a, start: false, end: true))
        .Add("removeprefix", "prefix", (_, v, a) => Text(v).StartsWith(a.String(0, ""), StringComparison.Ordinal) ? ((StringValue)v).Part(a.String(0, "").Length..) : v)
        .Add("removesuffix", "suffix", (_, v, a) => Text(v).EndsWith(a.String(0, ""), StringComparison.Ordinal) ? ((StringValue)v).Part(..^a.String(0, "").Length) : v)
        .Add("split", "sep? maxsplit?", (r, v, a) => All(r, v, Separator(a) is { } separator
            ? PythonText.Split(Text(v), separator, a.Clamped(1, -1)) : PythonText.Split(Text(v), a.Clamped(1, -1))))
        .Add("rsplit", "sep? maxsplit?", (r, v, a) => All(r, v, Separator(a) is { } separator
            ? PythonText.SplitRight(Text(v), separator, a.Clamped(1, -1)) : PythonText.SplitRight(Text(v), a.Clamped(1, -1))))
        .Add("splitlines", "keepends?", (r, v, a) => All(r, v, PythonText.Lines(Text(v), a.Flag(0))))
        .Add("partition", "sep", (_, v, a) => Partition(v, Text(v).IndexOf(Separator(a)!, StringComparison.Ordinal), Separator(a)!, atEnd: false))
        .Add("rpartition", "sep", (_, v, a) => Partition(v, LastIndex(Text(v), Separator(a)!), Separator(a)!, atEnd: true))
        .Add("replace", "old new count?", (r, v, a) => Replace(r, (StringValue)v, a.String(0, ""), Part((StringValue)v, a[1]!), a.Clamped(2, -1)))
        .Add("join", "iterable", Join);

    private static void AddSearch() => Table
        .Add("startswith", "prefix start? end?", (_, v, a) => IsAt(v, a, (text, part) => text.StartsWith(part, StringComparison.Ordinal)))
        .Add("endswith", "suffix start? end?", (_, v, a) => IsAt(v, a, (text, part) => text.EndsWith(part, StringComparison.Ordinal)))
        .Add("find", "sub start? end?", (_, v, a) => Value.Of(Index(v, a, isLast: false)))
        .Add("rfind", "sub start? end?", (_, v, a) => Value.Of(Index(v, a, isLast: true)))
        .Add("index", "sub start? end?", (_, v, a) => Found(Index(v, a, isLast: false)))
        .Add("rindex", "sub start? end?", (_, v, a) => Found(Index(v, a, isLast: true)))
        .Add("count", "sub start? end?", (_, v, a) => Value.Of(Range(v, a) is { } range ? PythonText.Count(range.Text, a.String(0, "")) : 0));

    /// <summary>Replaces at most so often; negative for always.</summary>
    public static StringValue Replace(Rendering rendering, StringValue text, string old, StringValue replacement, int count)
    {
        int times = PythonText.Count(text.Text, old);
        if (count >= 0)
            times = Math.Min(times, count);
        rendering.Allocate(text.Text.Length + (BigInteger)times * (replacement.Text.Length - old.Length));
        if (times == 0)
            return text;
        if (old.Length > 0)
            return Joined(text.IsSafe, replacement, PythonText.Split(text.Text, old, times).Select(text.Part));
        IEnumerable<string> pieces = CodePoints.Each(text.Text).Select((c, i) => i < times ? replacement.Text + c : c);
        return text.With(string.Concat(pieces) + (times > text.Count ? replacement.Text : ""));
    }

    /// <summary>Texts with another between them.</summary>
    public static StringValue Joined(bool isSafe, StringValue separator, IEnumerable<StringValue> parts)
    {
        TracedText joined = new();
        bool isFirst = true;
        foreach (StringValue part in parts)
        {
            if (!isFirst)
                joined.Append(separator);
            isFirst = false;
            joined.Append(part);
        }

        return joined.ToValue(isSafe);
    }

    private static string Text(Value value) => ((StringValue)value).Text;

    private static StringValue Of(Value value, string text) => ((StringValue)value).With(text);

    private static StringValue Mapped(Rendering rendering, Value value, Func<string, string> map)
    {
        string text = map(Text(value));
        rendering.Allocate(text.Length);
        return Of(value, text);
    }

    private static StringValue Strip(Value value, Bound arguments, bool start, bool end) =>
        ((StringValue)value).Part(PythonText.Strip(Text(value), arguments[0] is null or NoneValue ? null : arguments.String(0, ""), start, end));

    private static string? Separator(Bound arguments)
    {
        if (arguments[0] is null or NoneValue)
            return null;
        string separator = arguments.String(0, "");
        return separator.Length > 0 ? separator : throw TemplateException.Failed("empty separator");
    }

    private static ListValue All(Rendering rendering, Value value, IEnumerable<Range> parts) => rendering.List(parts.Select(((StringValue)value).Part));

    private static TupleValue Partition(Value value, int at, string separator, bool atEnd)
    {
        StringValue text = (StringValue)value;
        int after = at + separator.Length;
        (Range before, Range middle, Range rest) = at >= 0 ? (..at, at..after, after..) : atEnd ? (..0, ..0, 0..) : (0.., ..0, ..0);
        return new([text.Part(before), text.Part(middle), text.Part(rest)]);
    }

    private static StringValue Join(Rendering rendering, Value value, Bound arguments)
    {
        List<StringValue> parts = [];
        foreach (Value element in rendering.Iterate(arguments[0]!))
        {
            // Markup's join prints and escapes whatever it gets.
            if (value is StringValue { IsSafe: true })
                parts.Add(Html.Escaped(rendering.Printed(element)));
            else if (element is StringValue text)
                parts.Add(text);
            else
                throw TemplateException.Failed($"sequence item {parts.Count}: expected str instance, {element.TypeName} found");
        }

        rendering.Allocate(parts.Sum(p => (long)p.Text.Length) + (long)Text(value).Length * Math.Max(0, parts.Count - 1));
        return Joined(((StringValue)value).IsSafe, (StringValue)value, parts);
    }

    private static Value IsAt(Value value, Bound arguments, Func<string, string, bool> isAt)
    {
        if (Range(value, arguments) is not { } range)
            return BooleanValue.False;
        if (arguments[0] is not TupleValue parts)
            return Value.Of(isAt(range.Text, arguments.String(0, "")));
        return Value.Of(parts.Items.Any(p => isAt(range.Text, p is StringValue part ? part.Text : throw TemplateException.Failed(
            $"tuple for startswith or endswith must only contain str, not {p.TypeName}"))));
    }

    private static int Index(Value value, Bound arguments, bool isLast)
    {
        string part = arguments.String(0, "");
        if (Range(value, arguments) is not { } range)
            return -1;
        int at = isLast ? LastIndex(range.Text, part) : range.Text.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? -1 : range.Start + CodePoints.Count(range.Text[..at]);
    }

    private static int LastIndex(string text, string part) => part.Length == 0 ? text.Length : text.LastIndexOf(part, StringComparison.Ordinal);

    private static Value Found(int index) => index >= 0 ? Value.Of(index) : throw TemplateException.Failed("substring not found");

    /// <summary>The part of the text that start and end leave, or null where start lies behind it.</summary>
    private static (string Text, int Start)? Range(Value value, Bound arguments)
    {
        string text = Text(value);
        if (arguments[1] is null or NoneValue && arguments[2] is null or NoneValue)
            return (text, 0);
        int count = CodePoints.Count(text);
        int start = Place(1, 0), end = Place(2, count);
        return start > end || start > count ? null : (text[CodePoints.Offset(text, start)..CodePoints.Offset(text, end)], start);

        int Place(int index, int fallback)
        {
            BigInteger at = arguments[index] is null or NoneValue ? fallback : arguments.Integer(index, fallback);
            return (int)(at < 0 ? BigInteger.Max(at + count, 0) : index == 2 ? BigInteger.Min(at, count) : BigInteger.Min(at, count + 1));
        }
    }

    private static Arguments KeywordsOf(Value mapping) => mapping is DictValue dict
        ? Arguments.None with { Keywords = dict.Entries.Where(e => e.Key is StringValue).ToDictionary(e => Text(e.Key), e => e.Value) }
        : throw TemplateException.Failed($"format_map() needs a mapping, not {mapping.TypeName}");
}
