using CascadeLocal.Routing.Judging;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Escalation;

/// <summary>A judge that breaks is a fault of this program: the answer is not taken, the request goes on, and it is said.</summary>
public sealed class JudgeFaultTests
{
    private static readonly EarlyRule Early = new([1], [-0.05], [0.05]);

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task The_stronger_member_answers_and_the_fault_is_named(bool early, bool stream)
    {
        RecordingLog log = new();
        await using TestServer server = await GatedPolicy.StartAsync(
            GatedPolicy.Of(HandMadeJudge.Broken(1), early ? Early : EarlyRule.None), log: log);
        server.Small.Answer = _ => new ScriptedAnswer("good", "");

        using HttpResponseMessage response = await server.PostAsync(CascadeAnswer.Request(["easy"], stream ? ["\"stream\":true"] : []));
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        string metrics = await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Contains("\"content\":\"good\"", text, StringComparison.Ordinal);
        Assert.Contains("\"path\":[\"nano (judge)\",\"small\"]", text, StringComparison.Ordinal);
        Assert.Contains("\"fallback\":\"nano (judge)\"", text, StringComparison.Ordinal);
        Assert.Contains("\"guarantee\":\"none\",\"guarantee_reason\":\"fallback\"", text, StringComparison.Ordinal);
        Assert.Contains("cascade_fallbacks_total{model=\"small\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("status=\"ok\"", metrics, StringComparison.Ordinal);
        (string message, Exception? fault) = Assert.Single(log.Errors);
        Assert.Equal("the judge broke", fault!.Message);
        Assert.Contains("judge of nano", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_answer_is_delivered_where_nobody_else_takes_the_request()
    {
        await using TestCascade cascade = await TestCascade.StartAsync(GatedPolicy.Of(HandMadeJudge.Broken(1)));
        cascade.Members[1].Answer = _ => throw new QueueFullException(1);

        RecordingClient client = await cascade.AskAsync(new(TestCascade.Request()));

        Assert.Equal(("42", RequestEnd.Delivered, new Promise("none", "fallback")), (client.Answer, client.Outcome!.End, client.Outcome.Guarantee));
    }

    [Fact]
    public async Task Where_it_only_watches_the_answer_is_as_it_would_be_and_the_fault_is_named()
    {
        await using TestCascade cascade = await TestCascade.StartAsync(GatedPolicy.Of(HandMadeJudge.Broken()));

        RecordingClient client = await cascade.AskAsync(new(TestCascade.Request() with { Controls = new() { AllowEscalation = false } }));

        Assert.Equal(("42", "nano", null), (client.Answer, client.Outcome!.Member, client.Outcome.FallbackReason));
        Assert.Equal("the judge broke", Assert.Single(cascade.Log.Errors).Fault!.Message);
    }
}
