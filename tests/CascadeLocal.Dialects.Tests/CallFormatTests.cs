using System.Text.Json;
using System.Text.RegularExpressions;

using CascadeLocal.Contracts;

using Xunit;

namespace CascadeLocal.Dialects.Tests;

/// <summary>How calls are described for constrained decoding.</summary>
public sealed partial class CallFormatTests
{
    private static readonly ToolDefinition[] Now = [Answers.Tools[1]];

    public static TheoryData<string, string, string> Written => new()
    {
        { "Hermes", "<tool_call>\n{\"name\": \"now\", \"arguments\": $}\n</tool_call>", "<tool_call>\n{\"name\": \"now\", \"arguments\": $}\n</tool_call>(\n<tool_call>\n{\"name\": \"now\", \"arguments\": $}\n</tool_call>)*" },
        { "Qwen3-Coder", "<tool_call>\n{\"name\": \"now\", \"arguments\": $}\n</tool_call>", "<tool_call>\n{\"name\": \"now\", \"arguments\": $}\n</tool_call>(\n<tool_call>\n{\"name\": \"now\", \"arguments\": $}\n</tool_call>)*" },
        { "Llama 3", "{\"name\": \"now\", \"parameters\": $}", "{\"name\": \"now\", \"parameters\": $}(; {\"name\": \"now\", \"parameters\": $})*" },
        { "Mistral", "[TOOL_CALLS]now[ARGS]$", "[TOOL_CALLS]now[ARGS]$([TOOL_CALLS]now[ARGS]$)*" },
        { "Mistral Nemo", "[TOOL_CALLS][{\"name\": \"now\", \"arguments\": $}]", "[TOOL_CALLS][{\"name\": \"now\", \"arguments\": $}(, {\"name\": \"now\", \"arguments\": $})*]" },
        { "gpt-oss", "<|channel|>commentary to=functions.now <|constrain|>json<|message|>$", "<|channel|>commentary to=functions.now <|constrain|>json<|message|>$" },
        { "DeepSeek R1", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>now\n```json\n$\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>now\n```json\n$\n```<｜tool▁call▁end｜>(\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>now\n```json\n$\n```<｜tool▁call▁end｜>)*<｜tool▁calls▁end｜>" },
        { "DeepSeek V3.1", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>now<｜tool▁sep｜>$<｜tool▁call▁end｜><｜tool▁calls▁end｜>", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>now<｜tool▁sep｜>$<｜tool▁call▁end｜>(<｜tool▁call▁begin｜>now<｜tool▁sep｜>$<｜tool▁call▁end｜>)*<｜tool▁calls▁end｜>" },
        { "Granite 3", "<|tool_call|>[{\"name\": \"now\", \"arguments\": $}]", "<|tool_call|>[{\"name\": \"now\", \"arguments\": $}(, {\"name\": \"now\", \"arguments\": $})*]" },
        { "LFM2", "<|tool_call_start|>[{\"name\": \"now\", \"arguments\": $}]<|tool_call_end|>", "<|tool_call_start|>[{\"name\": \"now\", \"arguments\": $}(, {\"name\": \"now\", \"arguments\": $})*]<|tool_call_end|>" },
        { "Gemma", "```tool_call\n{\"name\": \"now\", \"arguments\": $}\n```", "```tool_call\n{\"name\": \"now\", \"arguments\": $}\n```(\n```tool_call\n{\"name\": \"now\", \"arguments\": $}\n```)*" },
        { "Cohere", "<|START_ACTION|>[{\"tool_name\": \"now\", \"parameters\": $}]<|END_ACTION|>", "<|START_ACTION|>[{\"tool_name\": \"now\", \"parameters\": $}(, {\"tool_name\": \"now\", \"parameters\": $})*]<|END_ACTION|>" },
        { "generic JSON", "{\"tool_call\": {\"name\": \"now\", \"arguments\": $}}", "{\"tool_calls\": [{\"name\": \"now\", \"arguments\": $}(, {\"name\": \"now\", \"arguments\": $})*]}" },
    };

    [Theory]
    [MemberData(nameof(Written))]
    public void A_call_is_written_as_its_family_does(string name, string single, string parallel)
    {
        Dialect dialect = Family.Of(name).Dialect;
        Assert.Equal(single, Show(dialect.CallFormat(Now, false)));
        Assert.Equal(parallel, Show(dialect.CallFormat(Now, true)));
    }

    [Theory]
    [MemberData(nameof(EveryFamilyTests.Families), MemberType = typeof(EveryFamilyTests))]
    public void What_a_format_allows_is_read_as_these_calls(string name)
    {
        Dialect dialect = Family.Of(name).Dialect;
        for (int calls = 1; calls <= (dialect == Dialect.GptOss ? 1 : 3); calls++)
            for (int first = 0; first < Answers.Tools.Count; first++)
            {
                List<string> chosen = [];
                string raw = Text(dialect.CallFormat(Answers.Tools, calls > 1), calls - 1, first, chosen);
                List<OutputPart> parts = Answers.Parts(dialect, [raw]);
                Assert.Equal("", Answers.Content(parts));
                Assert.Equal(chosen, Answers.Calls(parts).Select(c => c.Arguments));
                Assert.Equal(Answers.Tools[first].Name, Answers.Calls(parts)[0].Name);
                Assert.Equal(calls, Answers.Calls(parts).Count);
            }
    }

    [Theory]
    [MemberData(nameof(EveryFamilyTests.Families), MemberType = typeof(EveryFamilyTests))]
    public void Calls_of_a_history_are_written_so_that_they_are_read_again(string name)
    {
        Dialect dialect = Family.Of(name).Dialect;
        for (int count = 1; count <= (dialect == Dialect.GptOss ? 1 : 2); count++)
        {
            ToolCall[] calls = [.. new ToolCall[] { new("c1", "now", "{}"), new("c2", "weather", "{\"city\": \"R\"}") }[..count]];
            List<OutputPart> parts = Answers.Parts(dialect, [dialect.Write(calls)]);
            Assert.Equal("", Answers.Content(parts));
            Assert.Equal(calls.Select(call => (call.Name, call.Arguments)), Answers.Calls(parts));
        }
    }

    [Theory]
    [MemberData(nameof(EveryFamilyTests.Families), MemberType = typeof(EveryFamilyTests))]
    public void A_format_begins_with_what_triggers_it(string name)
    {
        Dialect dialect = Family.Of(name).Dialect;
        foreach (bool isParallel in new[] { false, true })
        {
            string text = Text(dialect.CallFormat(Answers.Tools, isParallel), 0, 0, []);
            if (dialect.ToolTrigger is { } triggers)
                Assert.Contains(triggers, t => text.StartsWith(t, StringComparison.Ordinal));
            else
                Assert.StartsWith("{", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(EveryFamilyTests.Families), MemberType = typeof(EveryFamilyTests))]
    public void The_markers_of_a_format_are_among_those_that_stay_visible(string name)
    {
        Dialect dialect = Family.Of(name).Dialect;
        string[] written = [.. Marker.Matches(Show(dialect.CallFormat(Now, true))).Select(m => m.Value).Distinct()];
        Assert.Equal(name is "Llama 3" or "Gemma" or "generic JSON", written.Length == 0);
        Assert.Empty(written.Except(dialect.Markers));
    }

    [Fact]
    public void Arguments_follow_the_schema_of_their_tool_and_there_are_none_without_one()
    {
        FormatPart.OneOf calls = Assert.IsType<FormatPart.OneOf>(Dialect.Hermes.CallFormat(Answers.Tools, false));
        JsonElement[] schemas = [.. calls.Alternatives.Cast<FormatPart.Sequence>().Select(s => s.Parts.OfType<FormatPart.Schema>().Single().Json)];
        Assert.True(Answers.IsSameJson(Answers.Tools[0].Parameters!, schemas[0].GetRawText()));
        Assert.False(schemas[1].GetProperty("additionalProperties").GetBoolean());
    }

    [Fact]
    public void A_call_needs_a_tool() => Assert.Throws<ArgumentException>(() => Dialect.Hermes.CallFormat([], false));

    [GeneratedRegex(@"<[^<>]+>|\[[A-Z_]+\]")]
    private static partial Regex Marker { get; }

    private static string Show(FormatPart part) => part switch
    {
        FormatPart.Literal literal => literal.Text,
        FormatPart.Sequence sequence => string.Concat(sequence.Parts.Select(Show)),
        FormatPart.OneOf choice => $"({string.Join('|', choice.Alternatives.Select(Show))})",
        FormatPart.Repeat { Min: 0, Max: null } repeat => $"({Show(repeat.Part)})*",
        _ => "$",
    };

    private static string Text(FormatPart part, int repeats, int choice, List<string> arguments)
    {
        switch (part)
        {
            case FormatPart.Literal literal:
                return literal.Text;
            case FormatPart.Sequence sequence:
                return string.Concat(sequence.Parts.Select(p => Text(p, repeats, choice, arguments)));
            case FormatPart.OneOf one:
                return Text(one.Alternatives[choice % one.Alternatives.Count], repeats, choice, arguments);
            case FormatPart.Repeat repeat:
                return string.Concat(Enumerable.Range(1, repeats).Select(i => Text(repeat.Part, repeats, choice + i, arguments)));
            default:
                arguments.Add($$"""{"text":"{{arguments.Count}} }]"}""");
                return arguments[^1];
        }
    }
}
