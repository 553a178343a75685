using CascadeLocal.Engine.Text;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Engine.Tests.Text;

/// <summary>Conversations with functions through every published template, as requests reach it: ../shared/data/chat-templates/README.md.</summary>
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
    private static readonly ChatMessage Sunny = new("tool", "quite-sunny") { ToolCallId = Weather.Id };
    private static readonly ChatMessage Foggy = new("tool", "rather-foggy") { ToolCallId = Again.Id };
    private static readonly ChatMessage[] Later = [new("assistant", "Look outside."), new("user", "Thanks")];

    [Fact]
    public void Tools_calls_arguments_and_results_come_through_every_published_template()
    {
        string? folder = RepositoryPaths.Shared is { } shared ? Path.Combine(shared, "data", "chat-templates", "templates") : null;
        Assert.SkipWhen(folder is null || !Directory.Exists(folder), "../shared/data/chat-templates is not there");
        ChatMessage one = new("assistant", "") { ToolCalls = [Weather] }, two = new("assistant", "") { ToolCalls = [Weather, Again] };
        (string Name, ChatMessage[] Messages, string[] Words)[] conversations =
        [
            ("a question", [Question], ["get_weather", "get_time"]),
            ("one call", [Question, one, Sunny], ["get_time", "get_weather", "Reykjavik", "quite-sunny"]),
            ("one call and more", [Question, one, Sunny, .. Later], ["get_time", "get_weather", "Reykjavik", "quite-sunny", "Thanks"]),
            ("two calls", [Question, two, Sunny, Foggy], ["get_time", "get_weather", "Reykjavik", "Ljubljana", "quite-sunny", "rather-foggy"]),
            ("two calls and more", [Question, two, Sunny, Foggy, .. Later], ["get_time", "Reykjavik", "Ljubljana", "quite-sunny", "rather-foggy", "Thanks"]),
        ];

        string[] files = [.. Directory.EnumerateFiles(folder!, "*.jinja").Order(StringComparer.Ordinal)];
        string[] failures =
        [
            .. from file in files
               let templates = new ModelTemplates(
                   Path.GetFileNameWithoutExtension(file),
                   new Dictionary<string, string> { ["default"] = File.ReadAllText(file) },
                   new Dictionary<string, string> { ["bos_token"] = "<|bos|>", ["eos_token"] = "<|eos|>" })
               from conversation in conversations
               let failure = Failure(templates, conversation.Messages, conversation.Words)
               where failure is not null
               let name = $"{Path.GetFileNameWithoutExtension(file)}, {conversation.Name}"
               where !Refusals.TryGetValue(name, out string? reason) || !failure.EndsWith(reason, StringComparison.Ordinal)
               select $"{name}: {failure}",
        ];

        Assert.True(failures.Length == 0, string.Join('\n', failures));
        Assert.Equal(44, files.Length);
    }

    private static string Kimi(int line) => FormattableString.Invariant($"line {line}: access to attribute 'append' of 'list' object is unsafe.");

    private static string? Failure(ModelTemplates templates, ChatMessage[] messages, string[] words)
    {
        try
        {
            string prompt = templates.Render(new() { Messages = messages, Tools = Tools }, TestContext.Current.CancellationToken).Text;
            string[] missing = [.. words.Where(word => !prompt.Contains(word, StringComparison.Ordinal))];
            return missing.Length == 0 ? null : $"without {string.Join(", ", missing)}";
        }
        catch (ChatTemplateException error)
        {
            return error.Message;
        }
    }
}
