using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>/v1/messages: what answers look like, whole and streamed.</summary>
public sealed partial class MessagesTests
{
    private const string Tools = """
        "tools":[{"name":"weather","description":"The weather of a city.","input_schema":{"type":"object","properties":{"city":{"type":"string"}}}}]
        """;

    private const string Calls = "\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {}}\n</tool_call>";

    private static readonly AnswerMarkup Hermes = new("Hermes", BeginsInReasoning: false);

    [Fact]
    public async Task A_whole_answer_is_one_message()
    {
        await using TestServer server = await TestServer.StartAsync();

        JsonObject answer = await MessagesClient.AskAsync(server, stream: false);

        Assert.Matches("^msg_[0-9a-f]{32}$", (string?)answer["id"]);
        Assert.Equal("small", (string?)answer["cascade"]!["model"]);
        answer["id"] = "ID";
        answer.Remove("cascade");
        Assert.Equal(
            """{"id":"ID","type":"message","role":"assistant","model":"small","content":[{"type":"text","text":"42"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":4,"cache_creation_input_tokens":0,"cache_read_input_tokens":3,"output_tokens":3}}""",
            answer.ToJsonString());
    }

    [Fact]
    public async Task A_stream_begins_fills_and_ends_its_blocks()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage response = await MessagesClient.PostAsync(server, MessagesClient.Body("\"stream\":true"));
        IReadOnlyList<JsonObject> events = MessagesClient.EventsOf(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        events[0]["message"]!["id"] = "ID";
        events[^2].Remove("cascade");
        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(
        [
            """{"type":"message_start","message":{"id":"ID","type":"message","role":"assistant","model":"small","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"4"}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"2"}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":4,"cache_creation_input_tokens":0,"cache_read_input_tokens":3,"output_tokens":3}}""",
            """{"type":"message_stop"}""",
        ],
        events.Select(one => one.ToJsonString()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_is_a_block_behind_the_text_before_it(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => Written("Let me see." + Calls, 5);

        JsonObject answer = await MessagesClient.AskAsync(server, stream, Tools);

        JsonArray content = answer["content"]!.AsArray();
        string[] ids = [.. content.Skip(1).Select(block => (string)block!["id"]!)];
        Assert.All(ids, id => Assert.Matches("^toolu_[A-Za-z0-9]{9}$", id));
        Assert.NotEqual(ids[0], ids[1]);
        Assert.Equal(
            """[{"type":"text","text":"Let me see."},{"type":"tool_use","id":"ID","name":"weather","input":{"city":"Oslo"}},{"type":"tool_use","id":"ID","name":"weather","input":{}}]""",
            IdPattern().Replace(content.ToJsonString(), "ID"));
        Assert.Equal("tool_use", (string?)answer["stop_reason"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Thinking_is_a_block_before_the_answer(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => Written("Six times seven.</think>\n\n42", 4, Hermes with { BeginsInReasoning = true });

        JsonObject answer = await MessagesClient.AskAsync(server, stream, "\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024}");

        Assert.Equal(
            """[{"type":"thinking","thinking":"Six times seven.","signature":""},{"type":"text","text":"42"}]""", answer["content"]!.ToJsonString());
        Assert.Equal("end_turn", (string?)answer["stop_reason"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(20)]
    [InlineData(1000)]
    public async Task However_an_answer_comes_its_stream_has_the_blocks_of_the_whole(int pieceLength)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => Written($"<think>Hm,\n\u00e9 \ud83d\ude00</think>\nText \ud83d\ude00 <b>{Calls}\n and more{Calls}", pieceLength);

        string whole = Comparable(await MessagesClient.AskAsync(server, stream: false, Tools));
        string streamed = Comparable(await MessagesClient.AskAsync(server, stream: true, Tools));

        Assert.Equal(whole, streamed);
        Assert.Contains("\"and more\"", whole.Replace("\\n ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stop_string_is_told(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new("4") { StopString = "END" };

        JsonObject answer = await MessagesClient.AskAsync(server, stream, "\"stop_sequences\":[\"END\",\"FIN\"]");

        Assert.Equal(("stop_sequence", "END"), ((string?)answer["stop_reason"], (string?)answer["stop_sequence"]));
        Assert.Equal(["END", "FIN"], Assert.Single(server.Small.Requests).Stop);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_token_limit_is_a_ceiling(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = request => new("a", "b", "c", "d", "") { FinishReason = request.MaxTokens < 5 ? FinishReason.Length : FinishReason.Stop };

        JsonObject cut = await MessagesClient.AskAsync(server, stream);
        using HttpResponseMessage response = await MessagesClient.PostAsync(server, """{"max_tokens":3,"messages":[{"role":"user","content":"x"}]}""");
        JsonNode limited = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;

        Assert.Equal(("abcd", "end_turn"), ((string?)cut["content"]![0]!["text"], (string?)cut["stop_reason"]));
        Assert.Equal(("abc", "max_tokens"), ((string?)limited["content"]![0]!["text"], (string?)limited["stop_reason"]));
    }

    [Fact]
    public async Task Of_a_call_that_was_cut_the_whole_answer_has_what_is_complete_and_the_stream_has_all()
    {
        const string Arguments = "{\"city\": \"Oslo\", \"days\": [1, 2";
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => Written("<tool_call>\n{\"name\": \"weather\", \"arguments\": " + Arguments, 6, finish: FinishReason.Length);

        JsonObject whole = await MessagesClient.AskAsync(server, stream: false, Tools);
        using HttpResponseMessage response = await MessagesClient.PostAsync(server, MessagesClient.Body(Tools, "\"stream\":true"));
        IReadOnlyList<JsonObject> events = MessagesClient.EventsOf(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        Assert.Equal("max_tokens", (string?)whole["stop_reason"]);
        Assert.Equal("""{"city":"Oslo","days":[1]}""", Assert.Single(whole["content"]!.AsArray())!["input"]!.ToJsonString());
        Assert.Equal(Arguments, string.Concat(events.Select(one => (string?)one["delta"]?["partial_json"])));
        Assert.Equal("max_tokens", (string?)events[^2]["delta"]!["stop_reason"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_calls_are_asked_for_the_beginning_of_one_that_was_cut_is_no_text(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => Written(Calls + "\n<tool_call>\n{\"name\": \"wea", 9, finish: FinishReason.Length);

        JsonObject answer = await MessagesClient.AskAsync(server, stream, Tools, "\"tool_choice\":{\"type\":\"any\"}");

        Assert.Equal(["tool_use", "tool_use"], answer["content"]!.AsArray().Select(block => (string?)block!["type"]));
        Assert.Equal("max_tokens", (string?)answer["stop_reason"]);
    }

    [Fact]
    public async Task A_call_whose_arguments_went_wrong_is_none_to_be_made()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => Written("<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": oops}}", 9);

        JsonObject whole = await MessagesClient.AskAsync(server, stream: false, Tools);
        using HttpResponseMessage response = await MessagesClient.PostAsync(server, MessagesClient.Body(Tools, "\"stream\":true"));
        IReadOnlyList<JsonObject> events = MessagesClient.EventsOf(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        Assert.Equal("end_turn", (string?)whole["stop_reason"]);
        Assert.Equal("end_turn", (string?)events[^2]["delta"]!["stop_reason"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_one_call_is_allowed_there_is_one(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => Written(Calls, 5);

        JsonObject answer = await MessagesClient.AskAsync(server, stream, Tools, "\"tool_choice\":{\"type\":\"auto\",\"disable_parallel_tool_use\":true}");

        Assert.Equal(["tool_use"], answer["content"]!.AsArray().Select(block => (string?)block!["type"]));
        Assert.Equal("tool_use", (string?)answer["stop_reason"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_that_says_nothing_has_no_blocks(bool stream)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new("");

        JsonObject answer = await MessagesClient.AskAsync(server, stream);

        Assert.Empty(answer["content"]!.AsArray());
        Assert.Equal("end_turn", (string?)answer["stop_reason"]);
    }

    [Fact]
    public async Task A_client_that_leaves_in_mid_stream_stops_the_answer()
    {
        ScriptedAnswer answer = ScriptedAnswer.Endless("4", "2");
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => answer;
        using CancellationTokenSource leave = new();
        HttpResponseMessage response = await MessagesClient.SendAsync(server, MessagesClient.Body("\"stream\":true"), MessagesClient.Path, leave.Token);
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        Assert.Equal("event: message_start", await reader.NextAsync());

        await leave.CancelAsync();
        response.Dispose();

        await answer.Cancelled;
        await Wait.UntilAsync(() => server.Server.Door.Inside == 0);
    }

    [Fact]
    public async Task A_failure_in_mid_stream_is_an_error_event_and_nothing_follows()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { Members = [TestServer.Member("small")] });
        server.Small.Answer = _ => ScriptedAnswer.Failing("4");
        using HttpResponseMessage response = await MessagesClient.PostAsync(server, MessagesClient.Body("\"stream\":true"));
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        List<string> lines = [];

        while (!lines.Contains("event: error"))
            lines.Add(await reader.NextAsync() ?? throw new EndOfStreamException());

        Assert.Matches("""^data: {"type":"error","error":{"type":"overloaded_error","message":"it broke"},"request_id":"req_[0-9a-f]{32}"}$""", await reader.NextAsync());
        while (await reader.NextAsync() is { } line)
            lines.Add(line);
        Assert.Equal("event: error", lines[^1]);
        Assert.DoesNotContain("event: message_delta", lines);
    }

    [Fact]
    public async Task A_silent_stream_stays_open_by_lines_that_clients_skip()
    {
        TaskCompletionSource go = new();
        await using TestServer server = await TestServer.StartAsync(options => options with { HeartbeatInterval = TimeSpan.FromMilliseconds(20) });
        server.Small.Answer = _ => ScriptedAnswer.Paused(go.Task, 0, "4", "2", "");
        using HttpResponseMessage response = await MessagesClient.PostAsync(server, MessagesClient.Body("\"stream\":true"));
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);

        while (await reader.NextAsync() is { } line && line != ": waiting")
            Assert.DoesNotContain("content_block", line, StringComparison.Ordinal);
        go.SetResult();

        Assert.Contains("""data: {"type":"message_stop"}""", await reader.RestAsync());
    }

    /// <summary>An answer that comes in pieces of that many characters.</summary>
    private static ScriptedAnswer Written(string text, int pieceLength, AnswerMarkup? markup = null, FinishReason finish = FinishReason.Stop) =>
        new([.. text.Chunk(pieceLength).Select(piece => new string(piece))]) { Markup = markup ?? Hermes, FinishReason = finish };

    private static string Comparable(JsonObject answer)
    {
        answer["id"] = "ID";
        return IdPattern().Replace(answer.ToJsonString(), "ID");
    }

    [GeneratedRegex("toolu_[A-Za-z0-9]{9}")]
    private static partial Regex IdPattern();
}
