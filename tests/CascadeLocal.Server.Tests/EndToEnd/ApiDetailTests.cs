using System.Net;
using System.Text;
using System.Text.Json;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>Small things that official clients, and those who debug them, read: fields, ids, offsets, which field is at fault.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class ApiDetailTests(DefaultTier tier) : IClassFixture<DefaultTier>
{
    private const string Completions = "/v1/completions";

    private const string Call = """
        "model":"nano","temperature":0,"max_tokens":200,"tools":[{"type":"function","function":{"name":"g","parameters":
         {"type":"object","properties":{"a":{"type":"string","enum":["b"]}},"required":["a"],"additionalProperties":false}}}],
        "tool_choice":{"type":"function","function":{"name":"g"}}
        """;

    private CascadeProcess Server => tier.Server;

    private static string Chat(string fields) => $$"""{"messages":[{"role":"user","content":"hi"}],{{fields}}}""";

    [Theory]
    [InlineData("/v1/completions", """{"model":"nano","prompt":[999999]}""", "prompt")]
    [InlineData("/v1/completions", """{"model":"cascade","prompt":[999999],"stream":true}""", "prompt")]
    [InlineData("/v1/completions", """{"model":"nano","prompt":[[5],[999999]]}""", "prompt[1]")]
    [InlineData("/v1/chat/completions", """{"model":"nano","messages":[{"role":"user","content":"x"}],"stop_token_ids":[999999]}""", "stop_token_ids")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"x"}],"logit_bias":{"999999":1}}""", "logit_bias")]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"x"}],"repetition_penalty":1e-46}""", "repetition_penalty")]
    [InlineData("/v1/chat/completions", """{"model":"nano","messages":[{"role":"user","content":"x"}],"guided_choice":["b"],"logit_bias":{"0":-100,"2":-100,"103":-100,"104":-100}}""", "logit_bias")]
    public async Task A_value_that_no_member_can_work_with_is_refused_by_its_field(string path, string body, string field)
    {
        ErrorAnswer error = await Server.RefusedAsync(body, path);

        Assert.Equal((HttpStatusCode.BadRequest, field), (error.Status, error.Param));
        await Server.ServesAsync();
    }

    [Theory]
    [InlineData("/v1/chat/completions", """{"model":"nano","messages":[{"role":"user","content":"x"}],"guided_regex":"("}""", "guided_regex")]
    [InlineData("/v1/chat/completions", """{"model":"nano","messages":[{"role":"user","content":"x"}],"structured_outputs":{"grammar":"nothing"}}""", "structured_outputs.grammar")]
    [InlineData("/v1/chat/completions", """{"model":"nano","messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"strin"}}}}""", "response_format.json_schema.schema")]
    [InlineData("/v1/responses", """{"model":"nano","input":"x","text":{"format":{"type":"json_schema","name":"n","schema":{"type":"strin"}}}}""", "text.format.schema")]
    [InlineData("/v1/chat/completions", """{"model":"nano","messages":[{"role":"user","content":"x"}],"tool_choice":"required","tools":[{"type":"function","function":{"name":"g","parameters":{"type":"strin"}}}]}""", "tools[0]")]
    public async Task A_form_that_is_not_served_is_refused_by_its_field(string path, string body, string field) =>
        Assert.Equal((HttpStatusCode.BadRequest, field), await Server.RefusedAsync(body, path) is var error ? (error.Status, error.Param) : default);

    [Fact]
    public async Task A_prompt_that_no_context_holds_is_refused_by_the_name_that_its_api_has_for_it()
    {
        string text = string.Concat(Enumerable.Repeat("x ", 20_000));

        Assert.Equal("prompt", (await Server.RefusedAsync($$"""{"model":"nano","prompt":"{{text}}"}""", Completions)).Param);
        Assert.Equal("prompt[1]", (await Server.RefusedAsync($$"""{"model":"nano","prompt":["x","{{text}}"]}""", Completions)).Param);
        Assert.Equal("input", (await Server.RefusedAsync($$"""{"model":"nano","input":"{{text}}"}""", "/v1/responses")).Param);
        Assert.Equal("messages", (await Server.RefusedAsync($$"""{"model":"nano","messages":[{"role":"user","content":"{{text}}"}]}""")).Param);
    }

    [Theory]
    [InlineData("\"stop\":\"}\"")]
    [InlineData("\"stop\":[\"\\\"b\"]")]
    public async Task A_call_that_a_stop_string_cuts_is_no_call_to_make(string stop)
    {
        JsonElement choice = (await Server.ServedAsync(Chat($"{Call},{stop}"))).GetProperty("choices")[0];
        JsonElement[] chunks = await StreamAsync(Chat($"{Call},{stop},\"stream\":true"));

        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.Equal("stop", chunks.Select(chunk => chunk.GetProperty("choices")[0].GetProperty("finish_reason").GetString()).Last(reason => reason is not null));
    }

    [Fact]
    public async Task A_call_that_a_stop_string_cuts_is_no_whole_item()
    {
        JsonElement response = await Server.ServedAsync(
            """
            {"model":"nano","temperature":0,"max_output_tokens":200,"input":"hi","stop":"}","tool_choice":{"type":"function","name":"g"},
             "tools":[{"type":"function","name":"g","parameters":{"type":"object","properties":{"a":{"type":"string","enum":["b"]}},"required":["a"],"additionalProperties":false}}]}
            """,
            "/v1/responses");

        JsonElement call = Assert.Single(response.GetProperty("output").EnumerateArray());
        Assert.Equal(("function_call", "incomplete"), (call.GetProperty("type").GetString(), call.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task A_streamed_call_has_no_text_and_the_log_probabilities_of_the_whole_one()
    {
        string asked = $"{Call},\"logprobs\":true";
        JsonElement whole = (await Server.ServedAsync(Chat(asked))).GetProperty("choices")[0];
        JsonElement[] choices = [.. (await StreamAsync(Chat($"{asked},\"stream\":true"))).Select(chunk => chunk.GetProperty("choices")[0])];

        Assert.Equal("tool_calls", whole.GetProperty("finish_reason").GetString());
        Assert.Equal(JsonValueKind.Null, choices[0].GetProperty("delta").GetProperty("content").ValueKind);
        Assert.Equal(Tokens(whole), choices.SelectMany(Tokens));

        static IEnumerable<string> Tokens(JsonElement choice) => choice.GetProperty("logprobs") is { ValueKind: JsonValueKind.Object } told
            ? told.GetProperty("content").EnumerateArray().Select(token => token.GetProperty("token").GetString()!)
            : [];
    }

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"What is 3 + 4?"}],"stream":true,"stream_options":{"include_usage":true}}""", "/v1/chat/completions")]
    [InlineData("""{"model":"nano","prompt":"3 + 4","max_tokens":4,"stream":true,"stream_options":{"include_usage":true}}""", "/v1/completions")]
    public async Task Where_usage_is_asked_for_every_chunk_has_the_field_and_the_last_the_numbers(string body, string path)
    {
        JsonElement[] chunks = await StreamAsync(body, path);

        Assert.All(chunks[..^1], chunk => Assert.Equal(JsonValueKind.Null, chunk.GetProperty("usage").ValueKind));
        Assert.True(chunks[^1].GetProperty("usage").GetProperty("total_tokens").GetInt32() > 0);
    }

    [Theory]
    [InlineData("\"guided_regex\":\"hello world\",\"stop\":[\"hello!\"]", "hello world")]
    [InlineData("\"guided_choice\":[\"👩xy\"]", "👩xy")]
    public async Task Offsets_are_where_tokens_begin_in_code_points_whatever_is_held_back(string fields, string text)
    {
        string body = $$"""{"model":"nano","prompt":"x","max_tokens":40,"temperature":0,"logprobs":0,{{fields}}}""";
        JsonElement choice = (await Server.ServedAsync(body, Completions)).GetProperty("choices")[0];
        int[] streamed = [.. (await StreamAsync($"{body[..^1]},\"stream\":true}}", Completions)).SelectMany(chunk => Offsets(chunk.GetProperty("choices")[0]))];

        Assert.Equal(text, choice.GetProperty("text").GetString());
        int at = 0;
        List<byte> open = [];
        foreach ((int offset, string token) in Offsets(choice).Zip(choice.GetProperty("logprobs").GetProperty("tokens").EnumerateArray().Select(t => t.GetString()!)))
        {
            Assert.Equal(at, offset);
            open.AddRange(token.StartsWith("bytes:", StringComparison.Ordinal) ? Convert.FromHexString(token["bytes:".Length..].Replace("\\x", "", StringComparison.Ordinal)) : Encoding.UTF8.GetBytes(token));
            if (Rune.DecodeFromUtf8(open.ToArray(), out _, out _) != System.Buffers.OperationStatus.NeedMoreData)
            {
                at += Encoding.UTF8.GetString(open.ToArray()).EnumerateRunes().Count();
                open.Clear();
            }
        }

        Assert.Equal(Offsets(choice), streamed);

        static IEnumerable<int> Offsets(JsonElement choice) => choice.GetProperty("logprobs") is { ValueKind: JsonValueKind.Object } told
            ? told.GetProperty("text_offset").EnumerateArray().Select(offset => offset.GetInt32())
            : [];
    }

    [Fact]
    public async Task Log_probabilities_of_an_empty_text_are_empty_lists()
    {
        JsonElement choice = (await Server.ServedAsync("""{"model":"nano","prompt":"x","max_tokens":1,"logprobs":1,"guided_regex":"(a)?","logit_bias":{"103":-100}}""", Completions))
            .GetProperty("choices")[0];

        Assert.Equal(JsonValueKind.Array, choice.GetProperty("logprobs").GetProperty("tokens").ValueKind);
    }

    [Theory]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"What is 3 + 4?"}]}""", "x-request-id")]
    [InlineData("/v1/chat/completions", "{}", "x-request-id")]
    [InlineData("/v1/messages", """{"model":"cascade","max_tokens":5,"messages":[{"role":"user","content":"What is 3 + 4?"}]}""", "request-id")]
    [InlineData("/v1/messages", "{}", "request-id")]
    public async Task Every_answer_names_its_request(string path, string body, string header)
    {
        using HttpResponseMessage response = await Server.PostAsync(body, path);

        string id = Assert.Single(response.Headers.GetValues(header));
        Assert.Matches("^req_[0-9a-f]{32}$", id);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(path == "/v1/messages" && !response.IsSuccessStatusCode, text.Contains(id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_kept_conversation_is_refused_in_the_words_that_make_the_official_client_send_all_of_it()
    {
        using HttpResponseMessage response = await Server.PostAsync(
            """{"model":"cascade","max_tokens":5,"thread":{"type":"create"},"messages":[{"role":"user","content":"hi"}]}""", "/v1/messages");

        JsonElement details = JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("error").GetProperty("details");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(("thread_unsupported_request", "thread"), (details.GetProperty("error_code").GetString(), details.GetProperty("unsupported")[0].GetString()));
    }

    [Fact]
    public async Task A_stream_of_messages_begins_with_the_tokens_of_its_prompt()
    {
        const string Asked = """{"model":"base","max_tokens":5,"messages":[{"role":"user","content":"What is 3 + 4?"}]}""";
        int counted = (await Server.ServedAsync(Asked, "/v1/messages/count_tokens")).GetProperty("input_tokens").GetInt32();

        JsonElement[] events = await StreamAsync($"{Asked[..^1]},\"stream\":true}}", "/v1/messages");

        Assert.Equal(counted, events[0].GetProperty("message").GetProperty("usage").GetProperty("input_tokens").GetInt32());
    }

    [Fact]
    public async Task A_result_of_a_call_that_nobody_made_is_refused()
    {
        using HttpResponseMessage response = await Server.PostAsync(
            """{"model":"cascade","max_tokens":5,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_never","content":"19"}]}]}""",
            "/v1/messages");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("tool_use_id", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_item_of_an_earlier_response_may_be_named_instead_of_sent()
    {
        JsonElement first = await Server.ServedAsync("""{"model":"nano","input":"What is 3 + 4?"}""", "/v1/responses");
        string id = first.GetProperty("output")[0].GetProperty("id").GetString()!;

        JsonElement named = await Server.ServedAsync(Second($$"""{"type":"item_reference","id":"{{id}}"}"""), "/v1/responses");
        JsonElement sent = await Server.ServedAsync(Second(first.GetProperty("output")[0].GetRawText()), "/v1/responses");
        ErrorAnswer unknown = await Server.RefusedAsync(Second("""{"type":"item_reference","id":"msg_never"}"""), "/v1/responses");

        Assert.Equal(TextOf(sent), TextOf(named));
        Assert.Equal("input[1].id", unknown.Param);

        static string Second(string item) => $$"""
            {"model":"nano","temperature":0,"input":[{"role":"user","content":"What is 3 + 4?"},{{item}},{"role":"user","content":"add 5"}]}
            """;

        static string? TextOf(JsonElement response) => response.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString();
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task Metrics_are_only_read(string method)
    {
        using HttpResponseMessage response = await Server.SendAsync(new(new HttpMethod(method), "/metrics"));

        Assert.Equal("method_not_allowed", (await ErrorAnswer.ReadAsync(response)).Code);
    }

    private async Task<JsonElement[]> StreamAsync(string body, string path = ProcessRequests.Chat)
    {
        using HttpResponseMessage response = await Server.PostAsync(body, path);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return [.. text.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal)).Select(line => JsonElement.Parse(line["data: ".Length..]))];
    }
}

/// <summary>A server of the default tier as it ships.</summary>
public sealed class DefaultTier : SharedProcess
{
    protected override Task<CascadeProcess> StartAsync() => CascadeProcess.ServeAsync();
}
