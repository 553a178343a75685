using System.Text.Json;

using CascadeLocal.Contracts;

using Xunit;

namespace CascadeLocal.Remote.Tests;

/// <summary>What is found out about an endpoint before it gets requests, and what is asked of it then.</summary>
public sealed class ConnectTests
{
    [Fact(Timeout = Remote.Deadline)]
    public async Task The_probe_finds_out_what_an_endpoint_tells()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        Assert.Equal(new RemoteFeatures(SignalKind.TopCandidates, TellsUsage: true, TellsCachedTokens: true, TellsTokenIds: false), member.Features);
        MemberCapabilities capabilities = member.Capabilities;
        Assert.Equal(("org/model", 4096, 8, SignalKind.TopCandidates), (capabilities.Model, capabilities.ContextLength, capabilities.Parallel, capabilities.Signals));
        Assert.False(capabilities.TellsTokens);
        JsonElement asked = Assert.Single(endpoint.Asked).Json;
        Assert.Equal((2, 5, true), (asked.GetProperty("max_tokens").GetInt32(), asked.GetProperty("top_logprobs").GetInt32(), asked.GetProperty("logprobs").GetBoolean()));
    }

    [Theory(Timeout = Remote.Deadline)]
    [InlineData("top_logprobs", SignalKind.LogProbability, true, 3)]
    [InlineData("logprobs", SignalKind.None, true, 4)]
    [InlineData("stream_options", SignalKind.TopCandidates, false, 2)]
    public async Task An_endpoint_that_refuses_an_option_is_asked_for_less(string refused, SignalKind signals, bool usage, int asked)
    {
        await using ScriptedEndpoint endpoint = new();
        endpoint.Chat = exchange => exchange.Json.TryGetProperty(refused, out _)
            ? exchange.JsonAsync(400, $$$"""{"error":{"message":"Unrecognized request argument: {{{refused}}}"}}""")
            : AnswerWithWhatWasAsked(exchange);
        using RemoteMember member = await endpoint.ConnectAsync();
        Assert.Equal((signals, usage), (member.Features.Signals, member.Features.TellsUsage));
        Assert.Equal(asked, endpoint.Asked.Count);
        ReadAnswer answer = await member.ReadAsync();
        Assert.Equal("One", answer.Text);
        Assert.Equal(usage ? 7 : 1, answer.Result.OutputTokens);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task An_endpoint_that_refuses_everything_cannot_be_connected()
    {
        await using ScriptedEndpoint endpoint = new() { Chat = exchange => exchange.JsonAsync(400, """{"error":{"message":"no"}}""") };
        Assert.Equal("'strong' refuses the request (status 400): no.", (await Assert.ThrowsAsync<RequestRefusedException>(() => endpoint.ConnectAsync())).Message);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task An_endpoint_that_is_no_stream_cannot_be_connected()
    {
        await using ScriptedEndpoint endpoint = new() { Chat = exchange => exchange.JsonAsync(200, "{}") };
        await Assert.ThrowsAsync<MemberUnavailableException>(() => endpoint.ConnectAsync());
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Log_probabilities_without_candidates_are_log_probabilities_only()
    {
        await using ScriptedEndpoint endpoint = new();
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            await exchange.EventAsync("""{"choices":[{"index":0,"delta":{"content":"One"},"logprobs":{"content":[{"id":17,"token":"One","bytes":null,"logprob":-0.25,"top_logprobs":[]}]}}]}""");
            await exchange.EventAsync(Wire.Finish());
            await exchange.DoneAsync();
        };
        using RemoteMember member = await endpoint.ConnectAsync();
        Assert.Equal(new RemoteFeatures(SignalKind.LogProbability, false, false, TellsTokenIds: true), member.Features);
        AnswerEvent token = Assert.Single((await member.ReadAsync()).Tokens);
        Assert.Equal(17, token.Token);
        Assert.Equal(new TokenSignals(-0.25f, float.NaN, float.NaN), token.Signals);
        Assert.False(endpoint.Asked.Last().Json.TryGetProperty("top_logprobs", out _));
    }

    [Theory(Timeout = Remote.Deadline)]
    [InlineData("""{"data":[{"id":"org/model","max_model_len":1000,"meta":{"n_ctx_train":2000}}]}""", null, 1000)]
    [InlineData("""{"data":[{"id":"org/model","meta":{"n_ctx_train":2000}}]}""", null, 2000)]
    [InlineData("""{"data":[{"id":"org/model","context_length":3000}]}""", null, 3000)]
    [InlineData("""{"data":[{"id":"org/model","context_length":3000}]}""", 500, 500)]
    [InlineData("""{"data":[{"id":"org/model","context_length":-1}]}""", null, RemoteMemberOptions.DefaultContextLength)]
    [InlineData("""{"data":[{"id":"another","context_length":1},{"id":"third"}]}""", null, RemoteMemberOptions.DefaultContextLength)]
    [InlineData("""{"data":[{"id":"alone","context_length":3000}]}""", null, 3000)]
    [InlineData("""{"data":7}""", null, RemoteMemberOptions.DefaultContextLength)]
    [InlineData("[]", null, RemoteMemberOptions.DefaultContextLength)]
    [InlineData("garbage", null, RemoteMemberOptions.DefaultContextLength)]
    public async Task The_context_is_the_configured_one_or_what_the_endpoint_says(string list, int? configured, int expected)
    {
        await using ScriptedEndpoint endpoint = new() { List = exchange => exchange.JsonAsync(200, list) };
        using RemoteMember member = await endpoint.ConnectAsync(options => options with { ContextLength = configured });
        Assert.Equal(expected, member.Capabilities.ContextLength);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task An_endpoint_without_a_list_of_models_can_be_used()
    {
        LogKeeper log = new();
        await using ScriptedEndpoint endpoint = new() { List = exchange => exchange.JsonAsync(404, "") };
        using RemoteMember member = await endpoint.ConnectAsync(logger: log);
        Assert.Equal("One, two", (await member.ReadAsync()).Text);
        Assert.Contains(log.Lines, line => line.Contains("does not list org/model", StringComparison.Ordinal));
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Only_what_the_request_names_is_sent()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        await member.ReadAsync();
        Assert.Equal(
            """{"model":"org/model","messages":[{"role":"user","content":"Count."}],"stream":true,"stream_options":{"include_usage":true},"logprobs":true,"top_logprobs":5}""",
            endpoint.Asked.Last().Body);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task All_that_the_request_names_is_sent()
    {
        await using ScriptedEndpoint endpoint = new() { Chat = exchange => AnswerWithWhatWasAsked(exchange, signals: false) };
        using RemoteMember member = await endpoint.ConnectAsync();
        await member.ReadAsync(new GenerationRequest
        {
            Messages =
            [
                new ChatMessage("system", "Be <brief> & kind: é"),
                new ChatMessage("assistant", "") { ToolCalls = [new ToolCall("c1", "add", """{"a":1}""")] },
                new ChatMessage("tool", "2") { ToolCallId = "c1" },
            ],
            Tools = [new ToolDefinition("add", "Adds.", """{"type":"object"}""", IsStrict: true)],
            ToolChoice = new ToolChoice(ToolChoiceKind.Required, "add"),
            Constraint = new OutputConstraint(OutputConstraintKind.JsonSchema, """{"type":"array"}"""),
            MaxTokens = 7,
            Sampling = new SamplingOptions
            {
                Temperature = 0.5f, TopK = 4, TopP = 0.25f, MinP = 0.125f, RepetitionPenalty = 1.5f, FrequencyPenalty = 0.75f, PresencePenalty = -1,
            },
            LogitBias = new Dictionary<int, float> { [3] = -200, [4] = 2 },
            Seed = ulong.MaxValue,
            Stop = ["###"],
            IgnoreEndOfSequence = true,
            Template = new()
            {
                Variables = new Dictionary<string, JsonElement> { ["enable_thinking"] = JsonElement.Parse("false") },
                Documents = [JsonElement.Parse("{\"title\":\"T\"}")],
                ContinuesFinalMessage = true,
            },
        });
        string expected = """
            {"model":"org/model",
             "messages":[{"role":"system","content":"Be <brief> & kind: é"},
              {"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"add","arguments":"{\"a\":1}"}}]},
              {"role":"tool","content":"2","tool_call_id":"c1"}],
             "stream":true,"stream_options":{"include_usage":true},"max_tokens":7,
             "chat_template_kwargs":{"enable_thinking":false},"documents":[{"title":"T"}],"add_generation_prompt":false,"continue_final_message":true,
             "temperature":0.5,"top_p":0.25,"min_p":0.125,"repetition_penalty":1.5,"frequency_penalty":0.75,"presence_penalty":-1,"top_k":4,
             "seed":9223372036854775807,"ignore_eos":true,"stop":["###"],"logit_bias":{"3":-100,"4":2},
             "tools":[{"type":"function","function":{"name":"add","description":"Adds.","parameters":{"type":"object"},"strict":true}}],
             "tool_choice":{"type":"function","function":{"name":"add"}},
             "response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"array"},"strict":true}}}
            """;
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, endpoint.Asked.Last().Json), endpoint.Asked.Last().Body);
    }

    public static TheoryData<GenerationRequest> Unsayable =>
    [
        Remote.Ask() with { Prompt = new[] { 1, 2 } },
        Remote.Ask() with { Choices = 2 },
        Remote.Ask() with { Constraint = new OutputConstraint(OutputConstraintKind.Regex, "a*") },
        Remote.Ask() with { Constraint = new OutputConstraint(OutputConstraintKind.Grammar, "root ::= x") },
        Remote.Ask() with { Constraint = new OutputConstraint(OutputConstraintKind.JsonSchema, "{\"type\":") },
        Remote.Ask() with { Tools = [new ToolDefinition("f", null, "nonsense")] },
    ];

    [Theory(Timeout = Remote.Deadline)]
    [MemberData(nameof(Unsayable), DisableDiscoveryEnumeration = true)]
    public async Task What_cannot_be_said_to_an_endpoint_is_refused_here(GenerationRequest request)
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync();
        await Assert.ThrowsAsync<RequestRefusedException>(() => member.StartAsync(request, null, Remote.Token).AsTask());
        Assert.Single(endpoint.Asked);
        Assert.Equal(new MemberLoad(0, 0), member.Load);
    }

    private static Task AnswerWithWhatWasAsked(Exchange exchange) => AnswerWithWhatWasAsked(exchange, signals: true);

    private static async Task AnswerWithWhatWasAsked(Exchange exchange, bool signals)
    {
        JsonElement asked = exchange.Json;
        string top = asked.TryGetProperty("top_logprobs", out _) ? """[{"token":"One","logprob":-0.5},{"token":"x","logprob":-1.5}]""" : "[]";
        string logprobs = signals && asked.TryGetProperty("logprobs", out _)
            ? $$$""","logprobs":{"content":[{"token":"One","logprob":-0.5,"top_logprobs":{{{top}}}}]}""" : "";
        await exchange.OpenAsync();
        await exchange.EventAsync($$$"""{"choices":[{"index":0,"delta":{"content":"One"}{{{logprobs}}}}]}""");
        await exchange.EventAsync(Wire.Finish());
        if (asked.TryGetProperty("stream_options", out _))
            await exchange.EventAsync(Wire.Usage(3, 7));
        await exchange.DoneAsync();
    }
}
