using CascadeLocal.Routing.Judging;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Escalation;

/// <summary>Budgets that end between two members, when the first one has ended and the next one has not begun.</summary>
public sealed class LateTargetTests
{
    private static readonly EarlyRule RejectsAtOnce = new([1], [double.NegativeInfinity], [0]);

    // More than a busy machine takes for what comes before the wait.
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(1);

    private static async Task<TestCascade> StartAsync(double own, EarlyRule? rule = null)
    {
        TestCascade cascade = await TestCascade.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(own, 1), rule));
        cascade.Slow[1].Taking = stop => Task.Delay(Timeout.Infinite, stop);
        return cascade;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rejected_answer_is_delivered_whole_and_nothing_is_promised(bool streams)
    {
        await using TestCascade cascade = await StartAsync(0.2);

        RecordingClient client = await cascade.AskAsync(new(TestCascade.Request(budget: Budget, streams: streams)));

        CascadeOutcome outcome = client.Outcome!;
        Assert.Equal(("42", FinishReason.Stop), (client.Answer, outcome.Delivered!.FinishReason));
        Assert.Equal((RequestEnd.BudgetExhausted, new Promise("none", "budget")), (outcome.End, outcome.Guarantee));
    }

    [Fact]
    public async Task A_beginning_that_was_rejected_is_delivered_as_cut()
    {
        await using TestCascade cascade = await StartAsync(0.2, RejectsAtOnce);
        cascade.Members[0].Answer = _ => ScriptedAnswer.Endless("4");

        RecordingClient client = await cascade.AskAsync(new(TestCascade.Request(budget: Budget)));

        Assert.Equal(("4", FinishReason.Length, RequestEnd.BudgetExhausted), (client.Answer, client.Outcome!.Delivered!.FinishReason, client.Outcome.End));
    }

    [Fact]
    public async Task What_a_member_that_failed_had_said_is_delivered_as_cut()
    {
        await using TestCascade cascade = await StartAsync(0.9);
        cascade.Members[0].Answer = _ => ScriptedAnswer.Failing("4");

        RecordingClient client = await cascade.AskAsync(new(TestCascade.Request(budget: Budget)));

        Assert.Equal(("4", FinishReason.Length, RequestEnd.BudgetExhausted), (client.Answer, client.Outcome!.Delivered!.FinishReason, client.Outcome.End));
    }

    [Fact]
    public async Task An_answer_that_was_whole_when_the_budget_ended_is_whole()
    {
        await using TestCascade cascade = await StartAsync(0.9);
        ScriptedAnswer answer = new("4", "2", "");
        cascade.Members[0].Answer = _ => answer;

        RecordingClient client = await cascade.AskAsync(new(TestCascade.Request(budget: Budget))
        {
            Beginning = async stop =>
            {
                await answer.Ended;
                await Task.Delay(2 * Budget, stop);
            },
        });

        Assert.Equal(("42", FinishReason.Stop, RequestEnd.Delivered), (client.Answer, client.Outcome!.Delivered!.FinishReason, client.Outcome.End));
    }

    [Fact]
    public async Task An_answer_that_was_cut_by_its_judge_is_never_delivered_as_whole()
    {
        await using TestCascade cascade = await TestCascade.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2, 1), RejectsAtOnce));
        cascade.Members[1].Answer = _ => ScriptedAnswer.Failing("half");

        RecordingClient client = await cascade.AskAsync(new(TestCascade.Request()));

        Assert.Equal(("42", FinishReason.Stop, RequestEnd.Delivered), (client.Answer, client.Outcome!.Delivered!.FinishReason, client.Outcome.End));
        Assert.Equal(2, cascade.Members[0].Requests.Count);
    }

    [Fact]
    public async Task An_embedder_that_takes_all_of_the_budget_is_a_refusal()
    {
        await using TestCascade cascade = await StartAsync(0.9);
        cascade.Embedder.Working = stop => Task.Delay(Timeout.Infinite, stop);

        await Assert.ThrowsAsync<QueueFullException>(() => cascade.AskAsync(new(TestCascade.Request(budget: Budget))));
        Assert.Equal((0, 0), (cascade.Runner.Door.Inside, cascade.Runner.Door.Waiting));
    }
}
