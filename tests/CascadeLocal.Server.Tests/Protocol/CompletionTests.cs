using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

public sealed partial class CompletionTests
{
    [Fact]
    public async Task A_whole_answer_has_exactly_the_documented_body()
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage response = await server.PostAsync(TestServer.Hello);
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            """{"id":"ID","object":"chat.completion","created":0,"model":"small","system_fingerprint":null,"choices":[{"index":0,"message":{"role":"assistant","content":"42","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":0}},"cascade":{"cluster":null,"stage1_model":null,"model":"small","path":["small"],"reason":"no_policy","policy":"none","embed_ms":null,"escalated":false,"accept_probability":null,"target_probability":null,"guarantee":"none","fallback":null,"budget_exhausted":false,"draft_tokens_offered":0,"draft_tokens_reused":0,"ttft_ms":10,"tpot_ms":2,"e2el_ms":14,"verdicts":[],"passes":[{"model":"small","prompt_tokens":7,"cached_tokens":3,"output_tokens":3,"ttft_ms":10,"tpot_ms":2,"e2el_ms":14}]}}""",
            Normalize(body));
    }

    [Fact]
    public async Task The_pool_answers_with_its_strongest_member_and_says_so()
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage response = await server.PostAsync(TestServer.Hello);

        Assert.Equal("none", Assert.Single(response.Headers.GetValues("x-cascade-policy")));
        Assert.Equal("small", Assert.Single(response.Headers.GetValues("x-cascade-model")));
        Assert.Equal("small", Assert.Single(response.Headers.GetValues("x-cascade-path")));
        Assert.Equal("false", Assert.Single(response.Headers.GetValues("x-cascade-escalated")));
    }

    [Fact]
    public async Task A_members_name_pins_it()
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage response = await server.PostAsync("""{"model":"nano","messages":[{"role":"user","content":"x"}]}""");

        Assert.Single(server.Nano.Requests);
        Assert.Empty(server.Small.Requests);
        Assert.False(response.Headers.Contains("x-cascade-policy"));
    }

    [Fact]
    public async Task The_members_own_sampling_is_left_to_it_but_for_what_the_request_names()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with
        {
            Members = [TestServer.Member("small")],
        });

        using HttpResponseMessage response = await server.PostAsync(
            """{"messages":[{"role":"user","content":"x"}],"top_p":0.3,"seed":11,"logit_bias":{"7":2}}""");

        GenerationRequest request = Assert.Single(server.Small.Requests);
        Assert.Equal(new() { TopP = 0.3f }, request.Sampling);
        Assert.Equal((11UL, 2), (request.Seed!.Value, request.LogitBias[7]));
    }

    [Fact]
    public async Task The_limit_of_tokens_is_reported_as_length()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new ScriptedAnswer("a") { FinishReason = FinishReason.Length };

        using HttpResponseMessage response = await server.PostAsync(TestServer.Hello);
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        Assert.Equal("length", body.RootElement.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(JsonValueKind.Null, body.RootElement.GetProperty("cascade").GetProperty("passes")[0].GetProperty("tpot_ms").ValueKind);
    }

    [Fact]
    public async Task Text_of_all_scripts_arrives_unharmed()
    {
        const string Text = "Grüße \"😀\" \\ </script> \u0001 \u2028 漢字";
        await using TestServer server = await TestServer.StartAsync();
        server.Small.Answer = _ => new ScriptedAnswer(Text);

        using HttpResponseMessage response = await server.PostAsync(TestServer.Hello);
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        Assert.Equal(Text, body.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    private static string Normalize(string body) =>
        CreatedPattern().Replace(IdPattern().Replace(body, "\"ID\""), "\"created\":0");

    [GeneratedRegex("\"chatcmpl-[0-9a-f]{32}\"")]
    private static partial Regex IdPattern();

    [GeneratedRegex("\"created\":[0-9]+")]
    private static partial Regex CreatedPattern();
}
