using Xunit;

namespace CascadeLocal.Engine.Tests.Text;

/// <summary>Instructions through every published template, wherever a conversation has them.</summary>
public sealed class PublishedSystemTests
{
    private static readonly ChatMessage First = new("system", "BE-SHORT"), Second = new("system", "BE-KIND");
    private static readonly ChatMessage Question = new("user", "And-you?");
    private static readonly ChatMessage[] Begun = [new("user", "Hello"), new("assistant", "Hi")];
    private static readonly ToolDefinition[] Tools = [new("get_time", "The time.", """{"type": "object", "properties": {}}""")];

    [Fact]
    public void Every_system_turn_comes_through_every_published_template() => AssertWhole([]);

    [Fact]
    public void Every_system_turn_comes_through_every_published_template_beside_tools() => AssertWhole(Tools);

    private static void AssertWhole(ToolDefinition[] tools)
    {
        (string Name, ChatMessage[] Messages, string[] Words)[] conversations =
        [
            ("one", [First, Question], ["BE-SHORT", "And-you?"]),
            ("two", [First, Second, Question], ["BE-SHORT", "BE-KIND", "And-you?"]),
            ("one within", [.. Begun, First, Question], ["BE-SHORT", "And-you?"]),
            ("one first, one within", [First, .. Begun, Second, Question], ["BE-SHORT", "BE-KIND", "And-you?"]),
            ("one last", [First, Question, Second], ["BE-SHORT", "BE-KIND", "And-you?"]),
        ];
        PublishedTemplates.AssertWhole(
            [.. conversations.Select(asked => (asked.Name, new GenerationRequest { Messages = asked.Messages, Tools = tools }, asked.Words))],
            new Dictionary<string, string>());
    }
}
