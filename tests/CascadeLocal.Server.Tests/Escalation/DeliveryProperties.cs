using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using CsCheck;

using Xunit;

namespace CascadeLocal.Server.Tests.Escalation;

/// <summary>
/// Whatever members, judges, budgets and clients do, and in whatever order it falls together: what is delivered is one member's whole
/// answer, or marked as cut by the budget; every request that was decided ends once; and nothing is kept.
/// </summary>
public sealed class DeliveryProperties
{
    private const int Draws = 300;

    /// <summary>How a member's answers end.</summary>
    private enum Ending
    {
        Whole,
        Fails,
        Hangs,
    }

    /// <summary>How a member takes requests.</summary>
    private enum Taking
    {
        AtOnce,
        Late,
        Never,
        Full,
    }

    /// <summary>How a member's answers are judged.</summary>
    private enum Judging
    {
        Good,
        Bad,
        Broken,
    }

    private sealed record Script(Taking Taking, int Tokens, Ending Ending, Judging Judge, bool IsEarly, bool Pauses);

    /// <param name="Members">What nano, small and base do.</param>
    /// <param name="Streams">Whether text is shown as it comes.</param>
    /// <param name="Budget">In ms; null for none.</param>
    /// <param name="LeavesAfter">When the client goes, in ms; null if it stays.</param>
    private sealed record Case(Script[] Members, bool Streams, int? Budget, int? LeavesAfter);

    private static readonly Gen<Script> Scripts = Gen.Select(
        Gen.Frequency((6, Gen.Const(Taking.AtOnce)), (1, Gen.Const(Taking.Late)), (1, Gen.Const(Taking.Never)), (1, Gen.Const(Taking.Full))),
        Gen.Int[0, 6],
        Gen.Frequency((4, Gen.Const(Ending.Whole)), (1, Gen.Const(Ending.Fails)), (1, Gen.Const(Ending.Hangs))),
        Gen.Frequency((2, Gen.Const(Judging.Good)), (3, Gen.Const(Judging.Bad)), (1, Gen.Const(Judging.Broken))),
        Gen.Bool,
        Gen.Bool,
        (taking, tokens, ending, judge, early, pauses) => new Script(taking, tokens, ending, judge, early, pauses));

    private static readonly Gen<int?> SomeMilliseconds = Gen.Int[1, 25].Select(ms => (int?)ms);

    private static readonly Gen<Case> Cases = Gen.Select(
        Scripts.Array[3], Gen.Bool, Gen.Frequency((1, Gen.Const((int?)null)), (2, SomeMilliseconds)), Gen.Frequency((6, Gen.Const((int?)null)), (1, SomeMilliseconds)),
        (members, streams, budget, leaves) => new Case(members, streams, budget, leaves));

    [Fact]
    public async Task What_is_delivered_is_whole_or_marked_and_nothing_is_kept()
    {
        await using TestCascade cascade = await TestCascade.StartAsync(PolicyOf([.. Enumerable.Repeat(new Script(default, 0, default, default, false, false), 3)]));

        await Cases.SampleAsync(c => CheckAsync(cascade, c), iter: Draws, threads: 1);

        // Whoever still held a member would keep it from leaving.
        Assert.Equal((0, 0), (cascade.Runner.Door.Inside, cascade.Runner.Door.Waiting));
        await cascade.Pool.Remove("base")!.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        await cascade.Pool.Remove("small")!.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(cascade.Decided.Order(StringComparer.Ordinal), cascade.Ended.Select(o => o.Decision.Id).Order(StringComparer.Ordinal));
    }

    private static async Task CheckAsync(TestCascade cascade, Case c)
    {
        for (int m = 0; m < 3; m++)
        {
            (Script script, string name) = (c.Members[m], TestCascade.Names[m]);
            cascade.Members[m].Answer = _ => AnswerOf(script, name);
            cascade.Slow[m].Taking = stop => script.Taking switch
            {
                Taking.Late => Task.Delay(5, stop),
                // Without a budget nobody would ever end it.
                Taking.Never when c.Budget is not null => Task.Delay(Timeout.Infinite, stop),
                _ => Task.CompletedTask,
            };
        }

        await cascade.UseAsync(PolicyOf(c.Members));
        using CancellationTokenSource left = new();
        bool mustLeave = c.Budget is null && c.Members.Any(s => s.Ending == Ending.Hangs);
        if (c.LeavesAfter is { } after || mustLeave)
            left.CancelAfter(c.LeavesAfter ?? 40);
        RecordingClient client = new(TestCascade.Request(budget: c.Budget is { } ms ? TimeSpan.FromMilliseconds(ms) : null, streams: c.Streams));
        try
        {
            await cascade.AskAsync(client, left.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.True(left.IsCancellationRequested, "nobody has left");
        }
        catch (MemberException) when (client.Outcome is null)
        {
            Assert.True(c.Budget is not null || c.Members.Any(s => s.Taking == Taking.Full || s.Ending == Ending.Fails), "nothing had gone wrong");
        }

        if (client.Outcome is { } outcome)
            CheckDelivered(c, client, outcome);
        else
            Assert.Contains(TestCascade.Names, name => TextOf(6, name).StartsWith(client.Shown, StringComparison.Ordinal));
        Assert.DoesNotContain(cascade.Log.Errors, e => e.Fault?.Message != "the judge broke");
    }

    private static void CheckDelivered(Case c, RecordingClient client, CascadeOutcome outcome)
    {
        Script script = c.Members[Array.IndexOf(TestCascade.Names, outcome.Member)];
        string whole = TextOf(script.Tokens, outcome.Member);
        bool isCut = outcome.Delivered!.FinishReason == FinishReason.Length;
        if (isCut)
            Assert.Equal((RequestEnd.BudgetExhausted, true), (outcome.End, whole.StartsWith(client.Answer!, StringComparison.Ordinal)));
        else
            Assert.Equal((whole, Ending.Whole), (client.Answer, script.Ending));

        // What was judged not good enough, or by nobody although it should have been, is not what was promised.
        bool isRejected = outcome.Member != "base" && script.Judge != Judging.Good;
        if (isRejected || outcome.End == RequestEnd.BudgetExhausted)
            Assert.Equal("none", outcome.Guarantee.Word);
        if (c.Streams)
            Assert.Equal(client.Answer, client.Shown);
    }

    // Every beginning tells whose it is, and how much.
    private static string TextOf(int tokens, string name) => string.Concat(Enumerable.Range(0, tokens).Select(i => $"{name}{i} "));

    private static ScriptedAnswer AnswerOf(Script script, string name) =>
        script.Taking == Taking.Full ? throw new QueueFullException(1) : new ScriptedAnswer(stop => TokensOf(script, name, stop));

    private static async IAsyncEnumerable<string> TokensOf(Script script, string name, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        for (int i = 0; i < script.Tokens; i++)
        {
            if (script.Pauses)
                await Task.Delay(2, stop);
            yield return $"{name}{i} ";
        }

        if (script.Ending == Ending.Fails)
            throw new EngineException("it broke");
        if (script.Ending == Ending.Hangs)
            await Task.Delay(Timeout.Infinite, stop);
    }

    private static Policy PolicyOf(Script[] members)
    {
        Policy policy = GatedPolicy.OfThree(JudgeOf(members[0]), JudgeOf(members[1]));
        return policy with { Escalation = policy.Escalation! with { EarlyRules = [RuleOf(members[0]), RuleOf(members[1]), EarlyRule.None] } };
    }

    private static MemberJudge JudgeOf(Script script) =>
        script.Judge == Judging.Broken ? HandMadeJudge.Broken(2) : HandMadeJudge.Constant(script.Judge == Judging.Good ? 0.9 : 0.1, 2);

    private static EarlyRule RuleOf(Script script) => script.IsEarly ? new([2], [-0.05], [0.05]) : EarlyRule.None;
}
