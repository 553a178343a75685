using System.Text.Json.Nodes;

using CascadeLocal.Dialects;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>/v1/responses: what is asked, what is answered, whole and streamed.</summary>
public sealed class ResponsesTests
{
    private const string Tools = """
        "tools":[{"type":"function","name":"add","description":"sums","parameters":{"type":"object"},"strict":true}]
        """;

    private static readonly AnswerMarkup Hermes = new(Dialect.Hermes.Name, BeginsInReasoning: false);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_text_is_answered(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();

        JsonNode answer = await ResponsesApi.AskAsync(
            server, """ "input":"hello","instructions":"be brief","max_output_tokens":50,"temperature":0.5,"metadata":{"a":"b"},"user":"me" """, stream);

        Assert.Equal(("response", "completed", "small", "be brief", true), ((string?)answer["object"], (string?)answer["status"], (string?)answer["model"], (string?)answer["instructions"], (bool)answer["store"]!));
        Assert.Equal(
            """[{"id":"","type":"message","role":"assistant","content":[{"type":"output_text","text":"42","annotations":[],"logprobs":[]}],"status":"completed"}]""",
            ResponsesApi.Comparable(answer["output"]!));
        Assert.Equal(
            """{"input_tokens":7,"input_tokens_details":{"cached_tokens":3},"output_tokens":3,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":10}""",
            answer["usage"]!.ToJsonString());
        Assert.Equal(("""{"a":"b"}""", "me", 50), (answer["metadata"]!.ToJsonString(), (string?)answer["user"], (int)answer["max_output_tokens"]!));
        Assert.Equal("small", (string?)answer["cascade"]!["model"]);
        GenerationRequest request = Assert.Single(server.Small.Requests);
        Assert.Equal(["system: be brief", "user: hello"], TurnsOf(request));
        Assert.Equal((50, 0.5f, stream, (string?)answer["id"]), (request.MaxTokens, request.Sampling.Temperature, request.Streams, request.Id));
    }

    [Fact]
    public async Task A_stream_tells_what_begins_grows_and_ends()
    {
        await using TestServer server = await TestServer.StartAsync();
        TaskCompletionSource go = new();
        server.Small.Answer = _ => ScriptedAnswer.Paused(go.Task, 1, "4", "2", "");
        using HttpResponseMessage response = await ResponsesApi.SendAsync(server, HttpMethod.Post, "", """{"input":"hello","stream":true}""");
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        while ((await reader.NextAsync())?.Contains("\"delta\":\"4\"", StringComparison.Ordinal) != true)
            Assert.False(go.Task.IsCompleted);
        go.SetResult();
        Assert.Contains("event: response.completed", await reader.RestAsync());

        IReadOnlyList<JsonNode> events = await ResponsesApi.StreamAsync(server, "\"input\":\"hello\",\"model\":\"nano\"");

        Assert.Equal(
            [
                "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added", "response.output_text.delta",
                "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed",
            ],
            events.Select(next => (string)next["type"]!).Distinct());
        Assert.Equal(("in_progress", 0, null), ((string?)events[0]["response"]!["status"], events[0]["response"]!["output"]!.AsArray().Count, events[0]["response"]!["usage"]));
        Assert.Equal("nano", (string?)events[0]["response"]!["model"]);
    }

    [Theory]
    [InlineData(
        """ [{"role":"developer","content":"d"},{"type":"message","role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":"b"}]}] """,
        "system: d", "user: a\nb")]
    [InlineData(
        """ [{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"output_text","text":"x","annotations":[]}]},{"role":"assistant","content":"y"},{"role":"user","content":"z"}] """,
        "user: q", "assistant: x", "assistant: y", "user: z")]
    [InlineData(
        """
        [{"role":"user","content":"q"},{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"hm"}]},{"role":"assistant","content":"x"},
         {"type":"function_call","id":"fc_1","call_id":"c1","name":"add","arguments":"{}"},{"type":"function_call","call_id":"c2","name":"add","arguments":"{\"a\":1}"},
         {"type":"function_call_output","call_id":"c2","output":"1"},{"type":"function_call_output","call_id":"c1","output":[{"type":"input_text","text":"0"}]}]
        """,
        "user: q", "assistant: (hm) x add#c1{} add#c2{\"a\":1}", "tool c2: 1", "tool c1: 0")]
    [InlineData(
        """ [{"type":"reasoning","summary":[{"type":"summary_text","text":"s"}]},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"role":"assistant","content":"x"}] """,
        "assistant: (s) x f#c{}")]
    public async Task Items_are_turns(string input, params string[] turns)
    {
        await using TestServer server = await TestServer.StartAsync();

        await ResponsesApi.AskAsync(server, $"\"input\":{input}");

        Assert.Equal(turns, TurnsOf(Assert.Single(server.Small.Requests)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Thoughts_and_calls_are_items_of_their_own(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new("<think>", "one ", "and one", "</think>", "I add.", "\n<tool_call>\n{\"name\": \"add\", ", "\"arguments\": {\"a\": 1}}\n</tool_call>", "") { Markup = Hermes };

        JsonNode answer = await ResponsesApi.AskAsync(server, $"\"input\":\"1+1?\",{Tools},\"tool_choice\":{{\"type\":\"function\",\"name\":\"add\"}},\"parallel_tool_calls\":false", stream);

        Assert.Equal(
            """[{"id":"","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"one and one"}],"status":"completed"},"""
            + """{"id":"","type":"message","role":"assistant","content":[{"type":"output_text","text":"I add.","annotations":[],"logprobs":[]}],"status":"completed"},"""
            + """{"id":"","type":"function_call","call_id":"","name":"add","arguments":"{\"a\": 1}","status":"completed"}]""",
            ResponsesApi.Comparable(answer["output"]!).Replace("\\u0022", "\\\"", StringComparison.Ordinal));
        Assert.Equal(["rs", "msg", "fc"], answer["output"]!.AsArray().Select(item => ((string)item!["id"]!).Split('_')[0]));
        Assert.Equal("""[{"type":"function","name":"add","description":"sums","parameters":{"type":"object"},"strict":true}]""", answer["tools"]!.ToJsonString());
        Assert.Equal(("""{"type":"function","name":"add"}""", false), (answer["tool_choice"]!.ToJsonString(), (bool)answer["parallel_tool_calls"]!));
        GenerationRequest request = Assert.Single(server.Small.Requests);
        Assert.Equal(new ToolDefinition("add", "sums", """{"type":"object"}""", IsStrict: true), Assert.Single(request.Tools));
        Assert.Equal((new ToolChoice(ToolChoiceKind.Required, "add"), false), (request.ToolChoice, request.ParallelToolCalls));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("")]
    [InlineData("<think>\nhm\n</think>\n\nHello there")]
    [InlineData("<think>never ends")]
    [InlineData("a <tool_call>\n{\"name\": \"add\", \"arguments\": {}}\n</tool_call>\n<tool_call>\n{\"name\": \"add\", \"arguments\": {\"b\": [1, 2]}}\n</tool_call>")]
    [InlineData("<tool_call>\n{\"name\": \"add\", \"arguments\": {}}\n</tool_call> and then")]
    [InlineData("<tool_call>\n{\"name\": \"other\", \"arguments\": {}}\n</tool_call>")]
    [InlineData("<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": ")]
    public async Task A_stream_says_what_a_whole_answer_says_however_it_is_cut(string text)
    {
        await using TestServer server = await TestServer.StartAsync();
        List<string> outputs = [];
        foreach (FinishReason reason in (FinishReason[])[FinishReason.Stop, FinishReason.Length])
        {
            foreach (int size in (int[])[1, 3, 1000])
            {
                server.Small.Answer = _ => new([.. text.Chunk(size).Select(piece => new string(piece)), ""]) { Markup = Hermes, FinishReason = reason };
                foreach (bool stream in (bool[])[false, true])
                    outputs.Add(ResponsesApi.Comparable((await ResponsesApi.AskAsync(server, $"\"input\":\"hello\",{Tools}", stream))["output"]!));
            }

            Assert.Single(outputs.Distinct());
            outputs.Clear();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_one_call_is_allowed_there_is_one(bool stream)
    {
        const string Call = "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1}}\n</tool_call>";
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new(Call, "\n", Call, "") { Markup = Hermes };

        JsonNode answer = await ResponsesApi.AskAsync(server, $"\"input\":\"1+1?\",{Tools},\"parallel_tool_calls\":false", stream);

        Assert.Equal("function_call", (string?)Assert.Single(answer["output"]!.AsArray())!["type"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cut_answer_is_incomplete_and_so_is_its_last_item(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new("well", "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": ") { Markup = Hermes, FinishReason = FinishReason.Length };

        JsonNode answer = await ResponsesApi.AskAsync(server, $"\"input\":\"1+1?\",{Tools}", stream);
        await ResponsesApi.AskAsync(server, $"\"input\":\"go on\",\"previous_response_id\":\"{answer["id"]}\"", stream);

        Assert.Equal(("incomplete", "max_output_tokens"), ((string?)answer["status"], (string?)answer["incomplete_details"]!["reason"]));
        Assert.Equal(["completed", "incomplete"], answer["output"]!.AsArray().Select(item => (string?)item!["status"]));
        // Nobody could answer half a call, so it is not carried on.
        Assert.Equal(["user: 1+1?", "assistant: well", "user: go on"], TurnsOf(server.Small.Requests.Last()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Log_probabilities_are_those_of_the_text(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new("<think>", "hm", "</think>", "\n\n", "4", "", "2", "") { Markup = Hermes };

        JsonNode answer = await ResponsesApi.AskAsync(server, "\"input\":\"hello\",\"include\":[\"message.output_text.logprobs\"],\"top_logprobs\":1", stream);

        JsonArray tokens = answer["output"]![1]!["content"]![0]!["logprobs"]!.AsArray();
        Assert.Equal(["4", "", "2"], tokens.Select(token => (string?)token!["token"]));
        Assert.Equal("""{"token":"4","logprob":-0.5,"bytes":[52],"top_logprobs":[{"token":"4","logprob":-0.5,"bytes":[52]}]}""", tokens[0]!.ToJsonString());
        Assert.Equal(1, (int)answer["top_logprobs"]!);
    }

    [Fact]
    public async Task A_rejected_answer_is_in_no_event_and_the_end_names_who_answered()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2)));
        server.Nano.Answer = _ => new("no", "pe", "");

        IReadOnlyList<JsonNode> events = await ResponsesApi.StreamAsync(server, "\"input\":\"easy\"");

        Assert.Equal(("cascade", "small"), ((string?)events[0]["response"]!["model"], (string?)events[^1]["response"]!["model"]));
        Assert.True((bool)events[^1]["response"]!["cascade"]!["escalated"]!);
        Assert.Equal("42", string.Concat(events.Where(next => (string?)next["type"] == "response.output_text.delta").Select(next => (string?)next["delta"])));
    }

    [Fact]
    public async Task What_breaks_in_a_stream_is_told_in_it_and_not_kept()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { Members = [TestServer.Member("small")] });
        server.Small.Answer = _ => ScriptedAnswer.Failing("4");
        using HttpResponseMessage response = await ResponsesApi.SendAsync(server, HttpMethod.Post, "", """{"input":"hello","stream":true}""");
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        List<string> lines = [];
        while (await reader.NextAsync() is { } line)
            lines.Add(line);

        Assert.Equal(["event: error", "event: response.failed"], lines.Where(line => line.StartsWith("event", StringComparison.Ordinal)).TakeLast(2));
        JsonNode failed = JsonNode.Parse(lines[^1]["data: ".Length..])!["response"]!;
        Assert.Equal(("failed", "model_unavailable"), ((string?)failed["status"], (string?)failed["error"]!["code"]));
        Assert.Equal("response_not_found", (await ResponsesApi.FailAsync(server, HttpMethod.Get, $"/{failed["id"]}")).Code);
    }

    [Fact]
    public async Task Whoever_leaves_in_mid_stream_ends_the_answer_and_it_is_not_kept()
    {
        await using TestServer server = await TestServer.StartAsync();
        ScriptedAnswer endless = ScriptedAnswer.Endless("4");
        server.Small.Answer = _ => endless;
        string? id;
        using (HttpResponseMessage response = await ResponsesApi.SendAsync(server, HttpMethod.Post, "", """{"input":"hello","stream":true}"""))
        {
            using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
            Assert.Equal("event: response.created", await reader.NextAsync());
            id = (string?)JsonNode.Parse((await reader.NextAsync())!["data: ".Length..])!["response"]!["id"];
        }

        await endless.Cancelled;
        Assert.Equal("response_not_found", (await ResponsesApi.FailAsync(server, HttpMethod.Get, $"/{id}")).Code);
    }

    [Fact]
    public async Task The_form_of_the_answer_and_the_effort_are_asked_for_in_their_own_place()
    {
        await using TestServer server = await TestServer.StartAsync();
        const string Format = """{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true}""";

        JsonNode answer = await ResponsesApi.AskAsync(server, $$"""
            "input":"hello","text":{"format":{{Format}},"verbosity":"medium"},"reasoning":{"effort":"low"},"top_p":0.5,"seed":3,"stop":"x","top_k":4,"cascade":{"keep":1}
            """);

        GenerationRequest request = Assert.Single(server.Small.Requests);
        Assert.Equal(new OutputConstraint(OutputConstraintKind.JsonSchema, """{"type":"object"}""") { Field = "text.format.schema" }, request.Constraint);
        Assert.Equal("low", request.Template.Variables["reasoning_effort"].GetString());
        Assert.Equal((0.5f, 3UL, 4, 1.0), (request.Sampling.TopP, request.Seed, request.Sampling.TopK, request.Controls.Keep));
        Assert.Equal(["x"], request.Stop);
        Assert.Equal((Format, "low"), (answer["text"]!["format"]!.ToJsonString(), (string?)answer["reasoning"]!["effort"]));
    }

    [Fact]
    public async Task What_changes_nothing_is_named_in_a_header()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage response = await ResponsesApi.SendAsync(server, HttpMethod.Post, "", """
            {"input":"hello","safety_identifier":"x","reasoning":{"summary":"auto"},"include":["reasoning.encrypted_content","reasoning.encrypted_content"],"max_tool_calls":3,
             "background":false,"truncation":"disabled","stream_options":{"include_obfuscation":true},"conversation":null}
            """);

        Assert.Equal(
            "safety_identifier, max_tool_calls, reasoning.summary, stream_options.include_obfuscation, include",
            response.Headers.GetValues("x-cascade-ignored").Single());
    }

    [Theory]
    [InlineData("{}", "input")]
    [InlineData("""{"input":[]}""", "input")]
    [InlineData("""{"input":7}""", "input")]
    [InlineData("""{"input":[7]}""", "input[0]")]
    [InlineData("""{"input":[{"role":"tool","content":"a"}]}""", "input[0].role")]
    [InlineData("""{"input":[{"role":"user"}]}""", "input[0].content")]
    [InlineData("""{"input":[{"role":"user","content":[{"type":"input_image","image_url":"x"}]}]}""", "input[0].content[0].type")]
    [InlineData("""{"input":[{"role":"user","content":[{"type":"input_file","file_id":"x"}]}]}""", "input[0].content[0].type")]
    [InlineData("""{"input":[{"type":"item_reference","id":"x"}]}""", "input[0].id")]
    [InlineData("""{"input":[{"type":"web_search_call","id":"x"}]}""", "input[0].type")]
    [InlineData("""{"input":[{"type":"function_call","call_id":"c","arguments":"{}"}]}""", "input[0].name")]
    [InlineData("""{"input":[{"type":"function_call_output","call_id":"c","output":"1"}]}""", "input[0].call_id")]
    [InlineData("""{"input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{","status":"incomplete"},{"type":"function_call_output","call_id":"c","output":"1"}]}""", "input[1].call_id")]
    [InlineData("""{"input":[{"type":"reasoning","summary":[],"encrypted_content":"x"}]}""", "input[0].encrypted_content")]
    [InlineData("""{"input":[{"type":"reasoning","content":[{"type":"text","text":"x"}],"summary":7}]}""", "input[0].summary")]
    [InlineData("""{"input":"a","instructions":7}""", "instructions")]
    [InlineData("""{"input":"a","max_output_tokens":0}""", "max_output_tokens")]
    [InlineData("""{"input":"a","max_tokens":5}""", "max_tokens")]
    [InlineData("""{"input":"a","max_output_token":5}""", "max_output_token")]
    [InlineData("""{"input":"a","messages":[]}""", "messages")]
    [InlineData("""{"input":"a","response_format":{"type":"text"}}""", "response_format")]
    [InlineData("""{"input":"a","n":2}""", "n")]
    [InlineData("""{"input":"a","temperature":3}""", "temperature")]
    [InlineData("""{"input":"a","tools":[{"type":"web_search"}]}""", "tools[0].type")]
    [InlineData("""{"input":"a","tools":[{"type":"mcp","server_label":"x"}]}""", "tools[0].type")]
    [InlineData("""{"input":"a","tools":[{"type":"function","function":{"name":"f"}}]}""", "tools[0].name")]
    [InlineData("""{"input":"a","tool_choice":"required"}""", "tool_choice")]
    [InlineData("""{"input":"a","tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"function","name":"g"}}""", "tool_choice.name")]
    [InlineData("""{"input":"a","tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"web_search"}}""", "tool_choice.type")]
    [InlineData("""{"input":"a","text":{"format":{"type":"xml"}}}""", "text.format.type")]
    [InlineData("""{"input":"a","text":{"format":{"type":"json_schema","schema":{}}}}""", "text.format.name")]
    [InlineData("""{"input":"a","text":{"format":{"type":"json_schema","name":"n"}}}""", "text.format.schema")]
    [InlineData("""{"input":"a","text":{"verbosity":"low"}}""", "text.verbosity")]
    [InlineData("""{"input":"a","reasoning":{"effort":"much"}}""", "reasoning.effort")]
    [InlineData("""{"input":"a","reasoning":{"summary":7}}""", "reasoning.summary")]
    [InlineData("""{"input":"a","include":["file_search_call.results"]}""", "include[0]")]
    [InlineData("""{"input":"a","top_logprobs":2}""", "top_logprobs")]
    [InlineData("""{"input":"a","top_logprobs":21,"include":["message.output_text.logprobs"]}""", "top_logprobs")]
    [InlineData("""{"input":"a","metadata":{"a":7}}""", "metadata.a")]
    [InlineData("""{"input":"a","store":"no"}""", "store")]
    [InlineData("""{"input":"a","previous_response_id":7}""", "previous_response_id")]
    [InlineData("""{"input":"a","truncation":"auto"}""", "truncation")]
    [InlineData("""{"input":"a","background":true}""", "background")]
    [InlineData("""{"input":"a","conversation":"conv_1"}""", "conversation")]
    [InlineData("""{"input":"a","prompt":{"id":"p"}}""", "prompt")]
    [InlineData("""{"input":"a","cascade":{"kep":1}}""", "cascade.kep")]
    public async Task What_is_wrong_or_not_served_is_named(string body, string field)
    {
        await using TestServer server = await TestServer.StartAsync();

        ErrorAnswer error = await ResponsesApi.FailAsync(server, HttpMethod.Post, "", body);

        Assert.Equal((System.Net.HttpStatusCode.BadRequest, field), (error.Status, error.Param));
        Assert.Empty(server.Small.Requests);
    }

    [Fact]
    public async Task A_conversation_that_is_too_long_is_a_fault_of_the_input()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => throw new ContextLengthExceededException(200, 100);

        ErrorAnswer error = await ResponsesApi.FailAsync(server, HttpMethod.Post, "", """{"input":"a","model":"small"}""");

        Assert.Equal(("input", "context_length_exceeded"), (error.Param, error.Code));
    }

    internal static IEnumerable<string> TurnsOf(GenerationRequest request) => request.Messages.Select(turn =>
        turn.Role + (turn.ToolCallId is { } answered ? " " + answered : "") + ": " + (turn.Reasoning is { } thought ? $"({thought}) " : "") + turn.Content
        + string.Concat(turn.ToolCalls.Select(call => $" {call.Name}#{call.Id}{call.Arguments}")));
}
