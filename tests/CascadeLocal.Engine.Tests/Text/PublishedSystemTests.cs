using CascadeLocal.Engine.Text;
using CascadeLocal.Templates;
using CascadeLocal.Templates.Runtime;

using Xunit;

namespace CascadeLocal.Engine.Tests.Text;

/// <summary>Instructions through every published template, wherever a conversation has them.</summary>
public sealed class PublishedSystemTests
{
    private const string Cohere = "CohereForAI-c4ai-command-r-plus-tool_use";
    private const string Hermes = "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use";
    private const string Firefunction = "fireworks-ai-llama-3-firefunction-v2";

    private static readonly ChatMessage First = new("system", "BE-SHORT"), Second = new("system", "BE-KIND");
    private static readonly ChatMessage Question = new("user", "And-you?");
    private static readonly ChatMessage[] Begun = [new("user", "Hello"), new("assistant", "Hi")];
    private static readonly ToolDefinition[] Tools = [new("get_time", "The time.", """{"type": "object", "properties": {}}""")];

    private static readonly (string Name, ChatMessage[] Messages, string[] Words)[] Conversations =
    [
        ("one", [First, Question], ["BE-SHORT", "And-you?"]),
        ("two", [First, Second, Question], ["BE-SHORT", "BE-KIND", "And-you?"]),
        ("one within", [.. Begun, First, Question], ["BE-SHORT", "And-you?"]),
        ("one first, one within", [First, .. Begun, Second, Question], ["BE-SHORT", "BE-KIND", "And-you?"]),
        ("one last", [First, Question, Second], ["BE-SHORT", "BE-KIND", "And-you?"]),
    ];

    /// <summary>The templates for tools alone fail without any; firefunction reads a variable that a request has to bring.</summary>
    [Fact]
    public void Every_system_turn_comes_through_every_published_template() => AssertWhole([], new()
    {
        [Cohere] = "'NoneType' object is not iterable",
        [Hermes] = "'NoneType' object is not iterable",
        [Firefunction] = "'functions' is undefined",
    });

    [Fact]
    public void Every_system_turn_comes_through_every_published_template_beside_tools() =>
        AssertWhole(Tools, new() { [Firefunction] = "'functions' is undefined" });

    /// <summary>But one: this template refuses a second system turn between answer and question, and would write it behind a question.</summary>
    [Fact]
    public void Published_templates_that_take_them_get_them_as_they_are() => Assert.All(
        from template in PublishedTemplates.All.Value
        from conversation in Conversations
        where (template.Name, conversation.Name) != ("Mistral-Small-3.2-24B-Instruct-2506", "one last")
        select (template, conversation),
        pair =>
        {
            ((string _, string source, ModelTemplates templates), (string _, ChatMessage[] messages, string[] words)) = pair;
            GenerationRequest request = new() { Messages = messages };
            try
            {
                string prompt = ChatTemplate.Parse(source).Render(
                    TemplateVariables.Of(request, PublishedTemplates.SpecialTokens, TemplateWants.Untried(source)), RenderOptions.Default,
                    TestContext.Current.CancellationToken).Text;
                if (words.All(word => prompt.Contains(word, StringComparison.Ordinal)))
                    Assert.Equal(prompt, templates.Render(request, TestContext.Current.CancellationToken).Text);
            }
            catch (TemplateException)
            {
                // It does not take them.
            }
        });

    private static void AssertWhole(ToolDefinition[] tools, Dictionary<string, string> refusals) => PublishedTemplates.AssertWhole(
        [.. Conversations.Select(asked => (asked.Name, new GenerationRequest { Messages = asked.Messages, Tools = tools }, asked.Words))],
        (from refusal in refusals from asked in Conversations select (Name: $"{refusal.Key}, {asked.Name}", refusal.Value)).ToDictionary(pair => pair.Name, pair => pair.Value));
}
