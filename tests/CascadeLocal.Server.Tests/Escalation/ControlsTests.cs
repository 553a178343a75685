using System.Net;

using CascadeLocal.Server.Tests.Protocol;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Escalation;

/// <summary>What a request asks of the cascade itself.</summary>
public sealed class ControlsTests
{
    private static Task<TestServer> StartAsync(double own = 0.2, int? maxEscalations = null) => GatedPolicy.StartAsync(
        GatedPolicy.Of(HandMadeJudge.Constant(own)), options => options with { Cascade = new() { MaxEscalations = maxEscalations } });

    private static Task<TestServer> StartThreeAsync(int? maxEscalations = null) => GatedPolicy.StartAsync(
        GatedPolicy.OfThree(HandMadeJudge.Constant(0.2), HandMadeJudge.Constant(0.2)),
        options => options with
        {
            Members = [.. options.Members, TestServer.Member("base")],
            Cascade = new() { MaxEscalations = maxEscalations },
        });

    [Theory]
    [InlineData("\"allow_escalation\":false")]
    [InlineData("\"max_escalations\":0")]
    public async Task Without_escalation_the_first_answer_is_delivered_with_its_probability_and_no_promise(string control)
    {
        await using TestServer server = await StartAsync();

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy", $$"""
            "cascade":{{{control}}}
            """);

        Assert.Equal(("nano", "none", false), (answer.Model, answer.Guarantee, answer.Escalated));
        Assert.Equal("0.2", answer.Headers["x-cascade-accept-probability"]);
        Assert.Equal("false", answer.Headers["x-cascade-escalated"]);
        Assert.Empty(server.Small.Requests);
    }

    [Fact]
    public async Task Without_escalation_nothing_is_held_back()
    {
        await using TestServer server = await StartAsync();
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Nano.Answer = _ => ScriptedAnswer.Paused(go.Task, 1, "4", "2", "");

        using HttpResponseMessage response = await server.PostAsync(
            CascadeAnswer.Request(["easy"], "\"stream\":true", "\"cascade\":{\"allow_escalation\":false}"));
        using EventStreamReader reader = await EventStreamReader.OpenAsync(response);
        await reader.NextAsync();

        Assert.Contains("\"content\":\"4\"", await reader.NextAsync(), StringComparison.Ordinal);
        go.SetResult();
    }

    [Theory]
    [InlineData(null, null, "nano, small, base")]
    [InlineData(null, 1, "nano, base")]
    [InlineData(1, null, "nano, base")]
    [InlineData(1, 2, "nano, base")]
    [InlineData(2, 1, "nano, base")]
    [InlineData(0, 2, "nano")]
    public async Task The_smaller_limit_counts_and_the_last_escalation_goes_to_the_target(int? configured, int? asked, string path)
    {
        await using TestServer server = await StartThreeAsync(configured);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy", $"\"cascade\":{{\"max_escalations\":{asked?.ToString() ?? "null"}}}");

        Assert.Equal(path, answer.Path);
    }

    [Fact]
    public async Task To_keep_all_the_target_answers_at_once()
    {
        await using TestServer server = await StartAsync(own: 0.9);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy", "\"cascade\":{\"keep\":1}");

        Assert.Equal(("small", "small", "keep"), (answer.Model, answer.Path, answer.Cascade.GetProperty("reason").GetString()));
        Assert.Empty(server.Nano.Requests);
    }

    [Theory]
    [InlineData("0.99", "confidence")]
    [InlineData("0.9", "confidence")]
    [InlineData("0.995", "none")]
    [InlineData("null", "confidence")]
    public async Task More_than_the_policy_promises_is_not_promised(string keep, string guarantee)
    {
        await using TestServer server = await StartAsync(own: 0.9);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy", $"\"cascade\":{{\"keep\":{keep}}}");

        Assert.Equal(guarantee, answer.Guarantee);
    }

    [Theory]
    [InlineData("\"temperature\":0.5", "confidence")]  // the member's own
    [InlineData("\"temperature\":0.6", "none")]
    [InlineData("\"seed\":1", "confidence")]
    [InlineData("\"max_tokens\":20", "confidence")]
    [InlineData("\"logit_bias\":{\"1\":1}", "none")]
    [InlineData("\"stop\":\"x\"", "none")]
    [InlineData("\"ignore_eos\":true", "none")]
    [InlineData("\"presence_penalty\":0.1", "none")]
    [InlineData("\"min_tokens\":1", "none")]
    [InlineData("\"stop_token_ids\":[1]", "none")]
    [InlineData("\"reasoning_effort\":\"low\"", "none")]
    [InlineData("\"enable_thinking\":false", "none")]
    [InlineData("\"documents\":[{}]", "none")]
    [InlineData("\"add_generation_prompt\":true", "confidence")]  // a default, written out
    [InlineData("\"continue_final_message\":false,\"chat_template_kwargs\":{},\"documents\":[]", "confidence")]
    [InlineData("\"n\":2", "none")]  // the second one is drawn anew, and judged by nobody
    public async Task Other_sampling_than_at_capture_is_not_promised_anything(string field, string guarantee)
    {
        await using TestServer server = await StartAsync(own: 0.9);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy", field);

        Assert.Equal((guarantee, guarantee), (answer.Guarantee, answer.Headers["x-cascade-guarantee"]));
    }

    [Theory]
    [InlineData("/v1/responses", """{"input":"easy"}""")]
    [InlineData("/v1/messages", """{"max_tokens":50,"messages":[{"role":"user","content":"easy"}]}""")]
    public async Task Other_interfaces_promise_what_chats_do(string path, string body)
    {
        await using TestServer server = await StartAsync(own: 0.9);

        using HttpResponseMessage response = await MessagesClient.PostAsync(server, body, path);

        Assert.Equal("confidence", Assert.Single(response.Headers.GetValues("x-cascade-guarantee")));
    }

    [Theory]
    [InlineData("""{"keep":1.5}""", "cascade.keep")]
    [InlineData("""{"keep":"all"}""", "cascade.keep")]
    [InlineData("""{"budget_ms":0}""", "cascade.budget_ms")]
    [InlineData("""{"budget_ms":-1}""", "cascade.budget_ms")]
    [InlineData("""{"allow_escalation":1}""", "cascade.allow_escalation")]
    [InlineData("""{"max_escalations":-1}""", "cascade.max_escalations")]
    [InlineData("""{"max_escalations":1.5}""", "cascade.max_escalations")]
    [InlineData("""{"keeps":1}""", "cascade.keeps")]
    [InlineData("7", "cascade")]
    public async Task A_wrong_control_is_400_with_its_name(string cascade, string param)
    {
        await using TestServer server = await StartAsync();

        ErrorAnswer error = await server.PostForErrorAsync(CascadeAnswer.Request(["easy"], $"\"cascade\":{cascade}"));

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request_error", param), (error.Status, error.Type, error.Param));
    }

    [Fact]
    public async Task An_unknown_control_is_refused_with_the_nearest_name()
    {
        await using TestServer server = await StartAsync();

        ErrorAnswer error = await server.PostForErrorAsync(CascadeAnswer.Request(["easy"], "\"cascade\":{\"max_escalation\":1}"));

        Assert.Contains("'cascade.max_escalation' is not a known field; did you mean 'max_escalations'?", error.Message, StringComparison.Ordinal);
    }
}
