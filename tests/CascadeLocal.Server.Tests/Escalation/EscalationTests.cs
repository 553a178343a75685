using System.Text.Json;

using CascadeLocal.Routing.Judging;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Escalation;

/// <summary>Answers that are judged, and delivered or escalated.</summary>
public sealed class EscalationTests
{
    private static readonly string[] Rejected = ["no", "pe", ""];

    [Fact]
    public async Task An_answer_that_is_found_good_is_delivered()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.9)));

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal(("42", "nano", "nano", false), (answer.Text, answer.Model, answer.Path, answer.Escalated));
        Assert.Equal(("confidence", "0.9", "false"), (answer.Guarantee, answer.Headers["x-cascade-accept-probability"], answer.Headers["x-cascade-escalated"]));
        JsonElement verdict = Assert.Single(answer.Cascade.GetProperty("verdicts").EnumerateArray());
        Assert.True(verdict.GetProperty("accepted").GetBoolean());
        Assert.False(verdict.GetProperty("early").GetBoolean());
        Assert.Empty(server.Small.Requests);
    }

    [Fact]
    public async Task An_answer_that_is_found_bad_is_replaced_by_the_targets()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2)));
        server.Nano.Answer = _ => new ScriptedAnswer(Rejected);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal(("42", "small", "nano, small", true), (answer.Text, answer.Model, answer.Path, answer.Escalated));
        Assert.Equal("small", answer.Body.GetProperty("model").GetString());
        Assert.Equal(["nano", "small"], answer.Passes);
        Assert.Equal(("confidence", "small", "true", "0.2"), (answer.Guarantee, answer.Headers["x-cascade-model"], answer.Headers["x-cascade-escalated"], answer.Headers["x-cascade-accept-probability"]));
        Assert.Equal(3, answer.Body.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Discarded_decoding_is_charged_to_the_delivered_tokens()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2)));

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        // Both answers have 3 tokens, 2 ms apart, the first after 10 ms.
        Assert.Equal((4, 28, 24), (
            answer.Cascade.GetProperty("tpot_ms").GetDouble(),
            answer.Cascade.GetProperty("e2el_ms").GetDouble(),
            answer.Cascade.GetProperty("ttft_ms").GetDouble()));
    }

    [Fact]
    public async Task What_the_verdict_holds_back_comes_later_than_its_first_token()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.9)));

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal((14, 2, 14), (
            answer.Cascade.GetProperty("ttft_ms").GetDouble(),
            answer.Cascade.GetProperty("tpot_ms").GetDouble(),
            answer.Cascade.GetProperty("e2el_ms").GetDouble()));
    }

    [Fact]
    public async Task A_question_of_an_ungated_cluster_goes_straight_to_its_member()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2)));

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "hard");

        Assert.Equal(("small", "small", "confidence"), (answer.Model, answer.Path, answer.Guarantee));
        Assert.Empty(answer.Cascade.GetProperty("verdicts").EnumerateArray());
        Assert.Empty(server.Nano.Requests);
    }

    [Fact]
    public async Task A_hopeless_answer_is_stopped_at_a_checkpoint()
    {
        EarlyRule rule = new([2], [double.NegativeInfinity], [0]);
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2, 2), rule));
        ScriptedAnswer endless = ScriptedAnswer.Endless("no", "pe");
        server.Nano.Answer = _ => endless;

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        await endless.Cancelled;
        Assert.Equal(("42", "small", true), (answer.Text, answer.Model, answer.Escalated));
        JsonElement verdict = Assert.Single(answer.Cascade.GetProperty("verdicts").EnumerateArray());
        Assert.Equal((true, 2, "small"), (verdict.GetProperty("early").GetBoolean(), verdict.GetProperty("output_tokens").GetInt32(), verdict.GetProperty("escalates_to").GetString()));
        Assert.Equal(2, answer.Cascade.GetProperty("passes")[0].GetProperty("output_tokens").GetInt32());
    }

    [Theory]
    [InlineData(0.6, true)]
    [InlineData(0.4, false)]
    [InlineData(null, false)]
    public async Task The_rejected_answer_is_a_draft_where_that_pays(double? acceptedShare, bool offered)
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2), acceptedShare: acceptedShare));
        server.Small.Answer = request => new ScriptedAnswer("4", "2", "")
        {
            Draft = request.Draft.Length == 0 ? null : new DraftVerification(request.Draft.Length, 2, 1, TimeSpan.Zero),
        };

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        int[] draft = Assert.Single(server.Small.Requests).Draft.ToArray();
        Assert.Equal(offered ? [0, 1, 2] : [], draft);
        Assert.Equal(
            offered ? (3, 1) : (0, 0),
            (answer.Cascade.GetProperty("draft_tokens_offered").GetInt32(), answer.Cascade.GetProperty("draft_tokens_reused").GetInt32()));
    }

    [Fact]
    public async Task An_answer_cut_at_the_token_limit_is_judged_too()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2)));
        server.Nano.Answer = _ => new ScriptedAnswer("a", "b") { FinishReason = FinishReason.Length };

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy", "\"max_tokens\":3");

        Assert.Equal(("small", "stop"), (answer.Model, answer.FinishReason));
    }

    [Fact]
    public async Task Answers_go_up_rung_by_rung()
    {
        await using TestServer server = await GatedPolicy.StartAsync(
            GatedPolicy.OfThree(HandMadeJudge.Constant(0.2), HandMadeJudge.ByLength(3)),
            options => options with { Members = [.. options.Members, TestServer.Member("base")] });
        server.Base.Answer = _ => new ScriptedAnswer("base", "");

        CascadeAnswer stays = await CascadeAnswer.AskAsync(server, "easy");
        server.Small.Answer = _ => new ScriptedAnswer("?", "");
        CascadeAnswer goesOn = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal(("small", "nano, small", "mean"), (stays.Model, stays.Path, stays.Guarantee));
        Assert.Equal(("base", "nano, small, base", "base"), (goesOn.Model, goesOn.Path, goesOn.Text));
        Assert.Equal(2, goesOn.Cascade.GetProperty("verdicts").GetArrayLength());
    }

    [Fact]
    public async Task After_an_escalation_the_conversation_stays_on_the_target()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2)));
        await CascadeAnswer.AskAsync(server, "easy");
        server.Nano.Requests.Clear();

        CascadeAnswer answer = await CascadeAnswer.PostAsync(server, CascadeAnswer.Request(["easy", "42", "easy again"]));

        Assert.Equal(("small", "conversation", false), (answer.Model, answer.Cascade.GetProperty("reason").GetString(), answer.Escalated));
        Assert.Empty(server.Nano.Requests);
    }

    [Fact]
    public async Task A_pool_without_the_target_promises_nothing_and_escalates_to_what_is_left()
    {
        await using TestServer server = await GatedPolicy.StartAsync(
            GatedPolicy.OfThree(HandMadeJudge.Constant(0.2), HandMadeJudge.Constant(0.2)),
            options => options with { Members = [.. options.Members, TestServer.Member("base")] });

        await server.Pool.Remove("base")!;
        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal(("small", "nano, small", "none"), (answer.Model, answer.Path, answer.Guarantee));
        Assert.Null(answer.Fallback);
    }
}
