using System.Text;
using System.Text.Json;

using CascadeLocal.Server.Http;
using CascadeLocal.Server.Messages;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>What becomes of the fields of a request to /v1/messages.</summary>
public sealed class MessagesRequestTests
{
    private const string Hello = """
        "max_tokens":9,"messages":[{"role":"user","content":"hi"}]
        """;

    private const string Tool = """
        {"name":"add","description":"Adds.","input_schema":{"type":"object"},"strict":true}
        """;

    /// <summary>Every line: a body, and the field that its error names.</summary>
    public static TheoryData<string, string> BadBodies => new()
    {
        { """{"max_tokens":9}""", "messages" },
        { """{"messages":[{"role":"user","content":"hi"}]}""", "max_tokens" },
        { """{"max_tokens":0,"messages":[{"role":"user","content":"hi"}]}""", "max_tokens" },
        { """{"max_tokens":"9","messages":[{"role":"user","content":"hi"}]}""", "max_tokens" },
        { Of(), "messages" },
        { Of("7"), "messages[0]" },
        { Of("""{"content":"hi"}"""), "messages[0].role" },
        { Of("""{"role":"system","content":"hi"}"""), "messages[0].role" },
        { Of("""{"role":"user"}"""), "messages[0].content" },
        { Of("""{"role":"user","content":7}"""), "messages[0].content" },
        { Of("""{"role":"user","content":["hi"]}"""), "messages[0].content[0]" },
        { Of("""{"role":"user","content":[{"text":"hi"}]}"""), "messages[0].content[0].type" },
        { Of("""{"role":"user","content":[{"type":"text"}]}"""), "messages[0].content[0].text" },
        { Of("""{"role":"user","content":[{"type":"image","source":{}}]}"""), "messages[0].content[0].type" },
        { Of("""{"role":"user","content":[{"type":"document","source":{}}]}"""), "messages[0].content[0].type" },
        { Of("""{"role":"user","content":[{"type":"tool_use","id":"a","name":"add","input":{}}]}"""), "messages[0].content[0].type" },
        { Of("""{"role":"user","content":[{"type":"tool_result","content":"4"}]}"""), "messages[0].content[0].tool_use_id" },
        { Of("""{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"image"}]}]}"""), "messages[0].content[0].content[0].type" },
        { Of("""{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","is_error":"no"}]}"""), "messages[0].content[0].is_error" },
        { Of("""{"role":"assistant","content":[{"type":"tool_result","tool_use_id":"a"}]}"""), "messages[0].content[0].type" },
        { Of("""{"role":"assistant","content":[{"type":"tool_use","name":"add","input":{}}]}"""), "messages[0].content[0].id" },
        { Of("""{"role":"assistant","content":[{"type":"tool_use","id":"a","input":{}}]}"""), "messages[0].content[0].name" },
        { Of("""{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"add","input":"{}"}]}"""), "messages[0].content[0].input" },
        { Of("""{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"add","input":{}}]}"""), "messages" },
        { Of("""{"role":"assistant","content":""}"""), "messages" },
        { With("\"system\":7"), "system" },
        { With("\"system\":[{\"type\":\"image\"}]"), "system[0].type" },
        { With("\"model\":7"), "model" },
        { With("\"stop_sequences\":[\"\"]"), "stop_sequences[0]" },
        { With("\"stop_sequences\":7"), "stop_sequences" },
        { With("\"stream\":\"yes\""), "stream" },
        { With("\"temperature\":1.5"), "temperature" },
        { With("\"top_p\":0"), "top_p" },
        { With("\"top_k\":0.5"), "top_k" },
        { With("\"tools\":{}"), "tools" },
        { With("\"tools\":[7]"), "tools[0]" },
        { With("\"tools\":[{\"input_schema\":{}}]"), "tools[0].name" },
        { With("\"tools\":[{\"name\":\"a b\",\"input_schema\":{}}]"), "tools[0].name" },
        { With("\"tools\":[{\"name\":\"add\"}]"), "tools[0].input_schema" },
        { With("\"tools\":[{\"name\":\"add\",\"input_schema\":[]}]"), "tools[0].input_schema" },
        { With("\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]"), "tools[0].type" },
        { With($"\"tools\":[{Tool},{Tool}]"), "tools" },
        { With($"\"tools\":[{Tool}],\"tool_choice\":\"any\""), "tool_choice" },
        { With($"\"tools\":[{Tool}],\"tool_choice\":{{\"type\":\"some\"}}"), "tool_choice.type" },
        { With($"\"tools\":[{Tool}],\"tool_choice\":{{\"type\":\"tool\"}}"), "tool_choice.name" },
        { With($"\"tools\":[{Tool}],\"tool_choice\":{{\"type\":\"tool\",\"name\":\"sub\"}}"), "tool_choice.name" },
        { With("\"tool_choice\":{\"type\":\"any\"}"), "tool_choice" },
        { With($"\"tools\":[{Tool}],\"tool_choice\":{{\"type\":\"auto\",\"disable_parallel_tool_use\":1}}"), "tool_choice.disable_parallel_tool_use" },
        { With("\"thinking\":{\"type\":\"sometimes\"}"), "thinking.type" },
        { With("\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":0}"), "thinking.budget_tokens" },
        { With("\"output_config\":{\"effort\":\"some\"}"), "output_config.effort" },
        { With("\"output_config\":{\"format\":{\"type\":\"xml\",\"schema\":{}}}"), "output_config.format.type" },
        { With("\"output_format\":{\"type\":\"json_schema\"}"), "output_format.schema" },
        { With("\"output_format\":{\"type\":\"json_schema\",\"schema\":{}},\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":{}}}"), "output_config.format" },
        { With("\"cascade\":{\"kepe\":1}"), "cascade.kepe" },
        { With("\"container\":\"c\""), "container" },
        { With("\"mcp_servers\":[{}]"), "mcp_servers" },
        { With("\"stop_sequence\":[\"a\"]"), "stop_sequence" },
        { With("\"stop\":[\"a\"]"), "stop" },
        { With("\"n\":2"), "n" },
    };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public void What_is_wrong_is_named(string body, string field)
    {
        ApiError error = Assert.Throws<ApiException>(() => Parse(body)).Error;

        Assert.Equal(400, error.Status);
        Assert.Contains($"'{field}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_fields_that_are_served_reach_the_member()
    {
        GenerationRequest request = Parse(With(
            "\"model\":\"small\"", "\"stop_sequences\":[\"a\",\"b\"]", "\"stream\":true", "\"temperature\":0.25", "\"top_p\":0.5", "\"top_k\":3", $"\"tools\":[{Tool}]",
            "\"tool_choice\":{\"type\":\"tool\",\"name\":\"add\",\"disable_parallel_tool_use\":true}", "\"thinking\":{\"type\":\"enabled\"}",
            "\"output_config\":{\"effort\":\"low\",\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"string\"}}}", "\"cascade\":{\"keep\":0.5}")).Request;

        Assert.Equal(("small", 9, true, 0.5), (request.Member, request.MaxTokens, request.Streams, request.Controls.Keep));
        Assert.Equal((0.25f, 0.5f, 3), (request.Sampling.Temperature, request.Sampling.TopP, request.Sampling.TopK));
        Assert.Equal(["a", "b"], request.Stop);
        Assert.Equal(new ToolDefinition("add", "Adds.", "{\"type\":\"object\"}", true), Assert.Single(request.Tools));
        Assert.Equal((new ToolChoice(ToolChoiceKind.Required, "add"), false), (request.ToolChoice, request.ParallelToolCalls));
        Assert.Equal(new OutputConstraint(OutputConstraintKind.JsonSchema, "{\"type\":\"string\"}"), request.Constraint! with { Field = null });
        Assert.Equal((JsonValueKind.True, "low"), (request.Template.Variables["enable_thinking"].ValueKind, request.Template.Variables["reasoning_effort"].GetString()));
        Assert.Matches("^msg_[0-9a-f]{32}$", request.Id);
    }

    [Theory]
    [InlineData("{\"type\":\"auto\"}", ToolChoiceKind.Auto)]
    [InlineData("{\"type\":\"any\"}", ToolChoiceKind.Required)]
    [InlineData("{\"type\":\"none\"}", ToolChoiceKind.None)]
    [InlineData("null", ToolChoiceKind.Auto)]
    public void Who_decides_whether_a_tool_is_called_may_be_said(string choice, ToolChoiceKind kind)
    {
        GenerationRequest request = Parse(With($"\"tools\":[{Tool}]", $"\"tool_choice\":{choice}")).Request;

        Assert.Equal((new ToolChoice(kind), true), (request.ToolChoice, request.ParallelToolCalls));
    }

    [Theory]
    [InlineData("null", null)]
    [InlineData("{\"type\":\"adaptive\"}", null)]
    [InlineData("{\"type\":\"enabled\"}", true)]
    [InlineData("{\"type\":\"disabled\"}", false)]
    public void Thinking_is_a_variable_of_the_template_where_it_is_said(string thinking, bool? enabled)
    {
        IReadOnlyDictionary<string, JsonElement> variables = Parse(With($"\"thinking\":{thinking}")).Request.Template.Variables;

        Assert.Equal(enabled, variables.TryGetValue("enable_thinking", out JsonElement value) ? value.GetBoolean() : null);
    }

    [Fact]
    public void A_conversation_with_calls_becomes_turns()
    {
        GenerationRequest request = Parse(Of(
            """{"role":"user","content":[{"type":"text","text":"One.","cache_control":{"type":"ephemeral"}},{"type":"text","text":"Two."}]}""",
            """{"role":"user","content":"Three."}""",
            """
            {"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"x"},{"type":"redacted_thinking","data":"y"},{"type":"text","text":"I "},
             {"type":"text","text":"add."},{"type":"tool_use","id":"toolu_abc","name":"add","input":{"a": 1}},{"type":"tool_use","id":"other","name":"add","input":{}}]}
            """,
            """
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_abc","content":[{"type":"text","text":"4"},{"type":"text","text":"2"}]},
             {"type":"tool_result","tool_use_id":"other","is_error":true,"content":"too much"},{"type":"tool_result","tool_use_id":"other"},{"type":"text","text":"And?"}]}
            """)).Request;

        Assert.Equal(
            [("user", "One.\nTwo.\nThree.", null), ("assistant", "I add.", null), ("tool", "4\n2", "abc"), ("tool", "Error: too much", "other"), ("tool", "", "other"), ("user", "And?", null)],
            request.Messages.Select(turn => (turn.Role, turn.Content, turn.ToolCallId)));
        Assert.Equal("Hm.", request.Messages[1].Reasoning);
        Assert.Equal([new ToolCall("abc", "add", "{\"a\": 1}"), new ToolCall("other", "add", "{}")], request.Messages[1].ToolCalls);
        Assert.False(request.Template.ContinuesFinalMessage);
    }

    [Theory]
    [InlineData("\"Be brief.\\nBe kind.\"", "Be brief.\nBe kind.")]
    [InlineData("[{\"type\":\"text\",\"text\":\"Be brief.\",\"cache_control\":{\"type\":\"ephemeral\"}},{\"type\":\"text\",\"text\":\"Be kind.\"}]", "Be brief.\nBe kind.")]
    [InlineData("\"\"", null)]
    [InlineData("[]", null)]
    public void Instructions_are_the_first_turn(string system, string? text)
    {
        IReadOnlyList<ChatMessage> messages = Parse(With($"\"system\":{system}")).Request.Messages;

        Assert.Equal(text, messages[0].Role == "system" ? messages[0].Content : null);
        Assert.Equal(("user", "hi"), (messages[^1].Role, messages[^1].Content));
    }

    [Fact]
    public void What_the_assistant_said_last_begins_the_answer_unless_it_is_nothing()
    {
        GenerationRequest begun = Parse(Of("""{"role":"user","content":"hi"}""", """{"role":"assistant","content":"Well,"}""")).Request;
        GenerationRequest empty = Parse(Of("""{"role":"user","content":"hi"}""", """{"role":"assistant","content":""}""")).Request;

        Assert.Equal((true, "Well,"), (begun.Template.ContinuesFinalMessage, begun.Messages[^1].Content));
        Assert.Equal((false, "hi"), (empty.Template.ContinuesFinalMessage, empty.Messages[^1].Content));
    }

    [Fact]
    public void What_changes_nothing_is_ignored_and_told()
    {
        MessagesBody body = Parse(With(
            "\"metadata\":{\"user_id\":\"u\"}", "\"service_tier\":\"auto\"", "\"cache_control\":{\"type\":\"ephemeral\"}", "\"unheard_of\":1",
            "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024}"));

        Assert.Equal(["metadata", "service_tier", "cache_control", "unheard_of", "thinking.budget_tokens"], body.Ignored);
    }

    [Fact]
    public void What_Claude_Code_sends_is_taken()
    {
        MessagesBody body = Parse(With(
            "\"context_management\":{\"edits\":[{\"type\":\"clear_thinking_20251015\",\"keep\":\"all\"}]}", "\"metadata\":{\"user_id\":\"u\"}",
            "\"system\":[{\"type\":\"text\",\"text\":\"Be brief.\",\"cache_control\":{\"type\":\"ephemeral\"}}]", "\"thinking\":{\"type\":\"adaptive\"}",
            "\"output_config\":{\"effort\":\"high\"}", "\"stream\":true"));

        Assert.Equal(["context_management", "metadata"], body.Ignored);
    }

    [Fact]
    public void Many_small_blocks_cost_no_more_than_their_text()
    {
        string blocks = string.Join(',', Enumerable.Repeat("{\"type\":\"text\",\"text\":\"a\"}", 100_000));

        ChatMessage turn = Assert.Single(Parse(Of($"{{\"role\":\"user\",\"content\":[{blocks}]}}")).Request.Messages);

        Assert.Equal(199_999, turn.Content.Length);
    }

    private static MessagesBody Parse(string body) => MessagesRequestParser.Parse(Encoding.UTF8.GetBytes(body));

    private static string With(params string[] fields) => $"{{{string.Join(',', fields.Prepend(Hello))}}}";

    private static string Of(params string[] messages) => $"{{\"max_tokens\":9,\"messages\":[{string.Join(',', messages)}]}}";
}
