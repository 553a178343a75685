using Xunit;

namespace CascadeLocal.Engine.Tests.Text;

/// <summary>Conversations with functions through every published template, as requests reach it.</summary>
public sealed class PublishedFunctionTests
{
    /// <summary>Those that cannot be served, in transformers neither, with the reason.</summary>
    private static readonly Dictionary<string, string> Refusals = new()
    {
        ["Kimi-K2-Instruct, one call"] = Kimi(41),
        ["Kimi-K2-Instruct, one call and more"] = Kimi(41),
        ["Kimi-K2-Instruct, two calls"] = Kimi(41),
        ["Kimi-K2-Instruct, two calls and more"] = Kimi(41),
        ["Kimi-K2-Thinking, one call"] = Kimi(35),
        ["Kimi-K2-Thinking, one call and more"] = Kimi(35),
        ["Kimi-K2-Thinking, two calls"] = Kimi(35),
        ["Kimi-K2-Thinking, two calls and more"] = Kimi(35),
        ["fireworks-ai-llama-3-firefunction-v2, a question"] = Firefunction,
        ["fireworks-ai-llama-3-firefunction-v2, one call"] = Firefunction,
        ["fireworks-ai-llama-3-firefunction-v2, one call and more"] = Firefunction,
        ["fireworks-ai-llama-3-firefunction-v2, two calls"] = Firefunction,
        ["fireworks-ai-llama-3-firefunction-v2, two calls and more"] = Firefunction,
    };

    private const string Firefunction = "line 21: 'functions' is undefined";

    private static readonly ToolDefinition[] Tools =
    [
        new("get_weather", "The weather of a city.", """{"type": "object", "properties": {"city": {"type": "string", "description": "Its name."}}, "required": ["city"]}"""),
        new("get_time", "The time.", """{"type": "object", "properties": {}}"""),
    ];

    private static readonly ChatMessage Question = new("user", "Weather and time?");
    private static readonly ToolCall Weather = new("call00001", "get_weather", """{"city": "Reykjavik"}""");
    private static readonly ToolCall Again = new("call00002", "get_weather", """{"city": "Ljubljana"}""");
    private static readonly ChatMessage One = new("assistant", "") { ToolCalls = [Weather] };
    private static readonly ChatMessage Two = new("assistant", "") { ToolCalls = [Weather, Again] };
    private static readonly ChatMessage Sunny = new("tool", "quite-sunny") { ToolCallId = Weather.Id };
    private static readonly ChatMessage Foggy = new("tool", "rather-foggy") { ToolCallId = Again.Id };
    private static readonly ChatMessage[] Later = [new("assistant", "Look outside."), new("user", "Thanks")];

    [Fact]
    public void Tools_calls_arguments_and_results_come_through_every_published_template() => AssertWhole(
    [
        ("a question", [Question], ["get_weather", "get_time"]),
        ("one call", [Question, One, Sunny], ["get_time", "get_weather", "Reykjavik", "quite-sunny"]),
        ("one call and more", [Question, One, Sunny, .. Later], ["get_time", "get_weather", "Reykjavik", "quite-sunny", "Thanks"]),
        ("two calls", [Question, Two, Sunny, Foggy], ["get_time", "get_weather", "Reykjavik", "Ljubljana", "quite-sunny", "rather-foggy"]),
        ("two calls and more", [Question, Two, Sunny, Foggy, .. Later], ["get_time", "Reykjavik", "Ljubljana", "quite-sunny", "rather-foggy", "Thanks"]),
    ],
        Tools);

    [Fact]
    public void Functions_without_description_or_parameters_come_through_every_published_template() => AssertWhole(
        [("a question", [Question], ["get_weather", "get_time", "get_news"])],
        [new("get_weather", null, null), new("get_time", "The time.", null), new("get_news", null, """{"type": "object", "properties": {}}""")]);

    [Fact]
    public void Calls_of_any_id_come_through_every_published_template()
    {
        ToolCall weather = Weather with { Id = "call_vMGxsEdCNoSRkUVbPJFJvaBq" };
        ChatMessage one = One with { ToolCalls = [weather] }, sunny = Sunny with { ToolCallId = weather.Id };

        AssertWhole([("one call", [Question, one, sunny], ["get_weather", "Reykjavik", "quite-sunny"])], Tools);
    }

    /// <summary>As models leave them that are cut or that make a mistake, and as servers give those of functions without parameters.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("{\"city\"")]
    [InlineData("{\"city\": \"it\\'s\"}")]
    [InlineData("[1]")]
    [InlineData("null")]
    public void Calls_whose_arguments_are_no_object_come_through_every_published_template(string arguments)
    {
        ChatMessage call = One with { ToolCalls = [Weather with { Arguments = arguments }] };

        AssertWhole([("one call and more", [Question, call, Sunny, .. Later], ["get_time", "get_weather", "quite-sunny", "Thanks"])], Tools);
    }

    private static void AssertWhole((string Name, ChatMessage[] Messages, string[] Words)[] conversations, ToolDefinition[] tools) => PublishedTemplates.AssertWhole(
        [.. conversations.Select(asked => (asked.Name, new GenerationRequest { Messages = asked.Messages, Tools = tools }, asked.Words))], Refusals);

    private static string Kimi(int line) => FormattableString.Invariant($"line {line}: access to attribute 'append' of 'list' object is unsafe.");
}
