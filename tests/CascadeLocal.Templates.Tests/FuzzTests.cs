using System.Text.Json;
using CascadeLocal.Templates.Runtime;
using CascadeLocal.Templates.Values;
using CsCheck;
using Xunit;

namespace CascadeLocal.Templates.Tests;

/// <summary>Random templates, and published ones with pieces cut out, doubled and swapped: each gives a text or a TemplateException.</summary>
public sealed class FuzzTests
{
    private const string Input = """
        {"messages": [{"role": "user", "content": "Hi <b>\ud83d\ude00"}, {"role": "assistant", "content": null, "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1.5}}}]}],
         "tools": [{"function": {"name": "f", "parameters": {"properties": {"a": {"type": "number"}}}}}], "bos_token": "<s>", "add_generation_prompt": true, "n": 3}
        """;

    private static readonly string[] Pieces =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-%}", " ", "\n", "if ", "elif ", "else", "endif", "for x in ", "endfor", " recursive", "set x = ", "set ns.x = ",
        "endset", "macro m(a, b=1)", "endmacro", "call m(1)", "endcall", "filter upper", "endfilter", "with y = ", "endwith", "raw", "endraw", "generation",
        "endgeneration", "break", "continue", "do ", "messages", "tools", "n", "x", "m", "loop", "loop(x)", "namespace(x=1)", "ns", "range(n)", "caller()", "varargs", "(", ")",
        "[", "]", "{", "}", ",", ":", ".", "|", "~", "+", "-", "*", "**", "/", "//", "%", "==", "<", " in ", " not in ", " is ", " and ", " or ", "not ", " if ", " else ",
        "1", "0", "99999", "10 ** 9", "1.5", "'a'", "'%s'", "'{}'", "\"", "none", "true", "upper", "map('string')", "list", "tojson", "tojson(indent=n)", "join(', ')",
        "length", "default", "groupby('role')", "sort", "unique", "batch(2)", "replace('a', 'b' * 99)", "center(99999)", "wordwrap(1)", "pprint", "indent(99999)", "int",
        "defined", "string", "mapping", "divisibleby 2", ".split", ".format(x)", ".items()", ".strip('a')", "[::-1]", "[-1]", "[1:]", "é", "\ud83d", "\u0000",
    ];

    private static readonly Gen<string> Piece = Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]);

    private static readonly RenderOptions Small = new() { MaxSteps = 20_000, MaxCharacters = 100_000, MaxAllocated = 1_000_000, MaxElements = 10_000 };

    [Fact]
    public void Any_sequence_of_pieces_gives_a_text_or_a_TemplateException() =>
        Piece.Array[1, 40].Select(string.Concat).Sample(s => IsSettled(s), iter: 20_000, threads: 1, seed: "0000KfJ1K3u2");

    [Fact]
    public void Any_template_of_the_grammar_gives_a_text_or_a_TemplateException() =>
        Gen.Int[0, int.MaxValue].Select(seed => new TemplateGenerator(seed).Template())
            .Sample(s => IsSettled(s), iter: 5_000, threads: 1, seed: "0000KfJ1K3u2");

    [Fact]
    public void Any_published_template_with_pieces_changed_gives_a_text_or_a_TemplateException()
    {
        string[] templates = [.. Directory.GetFiles(Path.Combine(Published.Folder(), "templates")).Order().Select(File.ReadAllText)];
        Gen.Select(Gen.Int[0, templates.Length - 1], Gen.Int[0, 9], Gen.Double[0, 1], Gen.Double[0, 1], Gen.Int[1, 60], Piece)
            .Select((which, kind, at, other, length, piece) => Mutated(templates[which], kind, at, other, length, piece))
            .Sample(s => IsSettled(s), iter: 3_000, threads: 1, seed: "0000KfJ1K3u2");
    }

    private static string Mutated(string template, int kind, double at, double other, int length, string piece)
    {
        int start = (int)(at * (template.Length - 1)), end = Math.Min(start + length, template.Length), place = (int)(other * (template.Length - 1));
        return kind switch
        {
            0 or 1 or 2 => template.Remove(start, end - start),
            3 or 4 => template.Insert(place, template[start..end]),
            5 => template[..end],
            6 => template[start..],
            _ => template.Insert(start, piece),
        };
    }

    private static bool IsSettled(string source)
    {
        using JsonDocument json = JsonDocument.Parse(Input);
        Dictionary<string, Value> variables = Rendered.Variables(json.RootElement);
        try
        {
            return ChatTemplate.Parse(source).Render(variables, Small).Text.Length <= Small.MaxCharacters;
        }
        catch (TemplateException e)
        {
            return e.Line > 0 && e.Reason is not null;
        }
    }
}

/// <summary>Templates that parse, of random statements and expressions.</summary>
internal sealed class TemplateGenerator(int seed)
{
    private static readonly string[] Atoms =
        ["messages", "tools", "x", "y", "n", "bos_token", "undef", "ns.x", "'ab'", "''", "1", "-2", "2.5", "none", "true", "[]", "{}", "(1, 'a')", "range(n)", "loop.index", "x.content"];

    private static readonly string[] Filters =
        ["upper", "trim", "length", "list", "tojson", "string", "join('-')", "map('string') | list", "sort", "unique | list", "default('d', true)", "first", "last",
         "reverse | list", "dictsort", "items | list", "int", "float", "round", "indent(2)", "replace('a', 'bb')", "batch(2) | list", "groupby('role')", "select | list", "sum",
         "selectattr('role', 'equalto', 'user') | list", "map(attribute='role') | join", "truncate(3)", "title", "wordwrap(2)", "pprint", "safe", "e", "format(n)", "center(9)"];

    private static readonly string[] Operators =
        ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", ">=", "in", "not in", "and", "or"];

    private readonly Random _random = new(seed);

    public string Template() => "{% set ns = namespace(x=1) %}{% macro m(a, b=2) %}{{ a }}{{ b }}{% endmacro %}" + Body(3);

    private string Body(int depth) => string.Concat(Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Pick("", "\n", " text\n  ") + Statement(depth)));

    private string Statement(int depth) => (depth == 0 ? 0 : _random.Next(12)) switch
    {
        1 => $"{{% if {Expression(2)} %}}{Body(depth - 1)}{{% else %}}{Body(depth - 1)}{{% endif %}}",
        2 => $"{{% for x in {Expression(2)} %}}{Body(depth - 1)}{Pick("", "{% break %}", "{% continue %}")}{{% endfor %}}",
        3 => $"{{% for x in {Pick("messages", "tools", "[1, 2]")} if {Expression(2)} %}}{Body(depth - 1)}{{% else %}}{Body(depth - 1)}{{% endfor %}}",
        4 => $"{{% set {Pick("x", "y", "ns.x")} = {Expression(3)} %}}",
        5 => $"{{% set x %}}{Body(depth - 1)}{{% endset %}}",
        6 => $"{{% filter {Pick("upper", "trim", "length")} %}}{Body(depth - 1)}{{% endfilter %}}",
        7 => $"{{% with y = {Expression(2)} %}}{Body(depth - 1)}{{% endwith %}}",
        8 => $"{{% macro m(a, b={Expression(1)}) %}}{Body(depth - 1)}{Pick("", "{{ caller() }}", "{{ varargs }}", "{{ m(a) }}")}{{% endmacro %}}",
        9 => $"{{% call m({Expression(1)}) %}}{Body(depth - 1)}{{% endcall %}}",
        10 => $"{{% for x in [[1], [[2]]] recursive %}}{Body(depth - 1)}{{{{ loop(x) }}}}{{% endfor %}}",
        _ => $"{{{{ {Expression(3)} }}}}",
    };

    private string Expression(int depth) => (depth == 0 ? 0 : _random.Next(10)) switch
    {
        1 or 2 => $"({Expression(depth - 1)} {Pick(Operators)} {Expression(depth - 1)})",
        3 or 4 => $"({Expression(depth - 1)}) | {Pick(Filters)}",
        5 => $"({Expression(depth - 1)})[{Pick("0", "-1", "'role'", "::-1", "1:", ":2")}]",
        6 => $"({Expression(depth - 1)}).{Pick("items()", "split()", "strip('a')", "keys() | list", "role", "upper()", "get('a')")}",
        7 => $"({Expression(depth - 1)} if {Expression(depth - 1)} else {Expression(depth - 1)})",
        8 => $"[{Expression(depth - 1)}, {{'k': {Expression(depth - 1)}}}]",
        9 => $"m({Expression(depth - 1)}, b={Expression(depth - 1)})",
        _ => Pick(Atoms),
    };

    private string Pick(params string[] options) => options[_random.Next(options.Length)];
}
