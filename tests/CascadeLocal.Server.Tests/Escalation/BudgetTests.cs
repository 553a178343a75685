using System.Text.Json;

using CascadeLocal.Routing.Judging;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Escalation;

/// <summary>Requests whose time runs out: the best answer so far is delivered.</summary>
public sealed class BudgetTests
{
    private const string Budget = "\"cascade\":{\"budget_ms\":1000}";

    private static Task<TestServer> StartAsync(double own, EarlyRule? rule = null) =>
        GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(own, 1), rule));

    private static void AssertCut(CascadeAnswer answer, string text, string model)
    {
        Assert.Equal((text, model, true), (answer.Text, answer.Model, answer.Cascade.GetProperty("budget_exhausted").GetBoolean()));
        Assert.Equal("none", answer.Guarantee);
        Assert.Equal(model, answer.Passes[^1]);
    }

    [Fact]
    public async Task An_answer_that_is_not_whole_is_cut()
    {
        await using TestServer server = await StartAsync(0.9);
        server.Nano.Answer = _ => ScriptedAnswer.Endless("4", "2");

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy", Budget);

        AssertCut(answer, "42", "nano");
        Assert.Equal("length", answer.FinishReason);
        Assert.Empty(server.Small.Requests);
    }

    [Fact]
    public async Task A_whole_answer_is_better_than_the_beginning_of_the_targets()
    {
        await using TestServer server = await StartAsync(0.2);
        server.Small.Answer = _ => ScriptedAnswer.Endless("half");

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy", Budget);

        AssertCut(answer, "42", "nano");
        Assert.Equal(("stop", false), (answer.FinishReason, answer.Escalated));
        Assert.Equal(["small", "nano"], answer.Passes);
    }

    [Fact]
    public async Task The_targets_beginning_is_better_than_one_that_was_rejected()
    {
        await using TestServer server = await StartAsync(0.2, new([1], [double.NegativeInfinity], [0]));
        server.Small.Answer = _ => ScriptedAnswer.Endless("ha", "lf");

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy", Budget);

        AssertCut(answer, "half", "small");
        Assert.Equal("length", answer.FinishReason);
    }

    [Fact]
    public async Task A_rejected_beginning_is_better_than_nothing()
    {
        await using TestServer server = await GatedPolicy.StartAsync(
            GatedPolicy.Of(HandMadeJudge.Constant(0.2, 2), new([2], [double.NegativeInfinity], [0])));
        server.Nano.Answer = _ => ScriptedAnswer.Endless("no", "pe");
        server.Small.Answer = _ => ScriptedAnswer.Endless();

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy", Budget);

        AssertCut(answer, "nope", "nano");
        Assert.Equal("length", answer.FinishReason);
    }

    [Fact]
    public async Task A_stream_whose_target_has_begun_ends_where_it_is()
    {
        await using TestServer server = await StartAsync(0.2);
        server.Small.Answer = _ => ScriptedAnswer.Endless("half");

        using HttpResponseMessage response = await server.PostAsync(CascadeAnswer.Request(["easy"], "\"stream\":true", Budget));
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Contains("\"content\":\"half\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"content\":\"4", text, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"length\"", text, StringComparison.Ordinal);
        Assert.Contains("\"budget_exhausted\":true", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Time_enough_changes_nothing()
    {
        await using TestServer server = await StartAsync(0.2);

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy", "\"cascade\":{\"budget_ms\":60000}");

        Assert.Equal(("small", "confidence"), (answer.Model, answer.Guarantee));
        Assert.Equal(JsonValueKind.False, answer.Cascade.GetProperty("budget_exhausted").ValueKind);
    }
}
