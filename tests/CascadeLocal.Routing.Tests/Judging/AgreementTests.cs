using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Tests.Policies;

using Xunit;

namespace CascadeLocal.Routing.Tests.Judging;

/// <summary>What an answer is worth beside another one.</summary>
public sealed class AgreementTests
{
    // Log-odds are 1.5 higher where both say the same, and 1.5 lower where they do not.
    private static readonly Agreement SameIsBetter = new(new AgreementHead([-1.5, 1, 0, 0, 3, 0, 0]), null);

    [Theory]
    [InlineData("It is 12.", "it is 12", 1, 1, 1)]
    [InlineData("It is 12.", "It is 13.", 0, 7.0 / 8, 0)]
    [InlineData("12", "The sum is 12.", 0, 0, 1)]
    [InlineData("1,200 apples", "We need 1200.0 of them", 0, 0, 1)]
    [InlineData("Paris", "Rome", 0, 0, 0)]
    [InlineData("", "", 1, 1, 0)]
    [InlineData("", "Rome", 0, 0, 0)]
    public void Answers_are_alike_in_text_in_their_beginning_and_in_their_last_number(string earlier, string answer, double same, double shared, double number)
    {
        AnswerLikeness likeness = AnswerLikeness.Of(NormalizedText.Of(earlier), NormalizedText.Of(answer));

        Assert.Equal((same, number), (likeness.Same, likeness.SameNumber));
        Assert.Equal(shared, likeness.Shared, 1e-12);
    }

    [Fact]
    public void The_verdict_at_the_end_knows_the_answer_before_and_one_before_the_end_does_not()
    {
        MemberJudge judge = Escalations.Judge(new Random(5), new(SignalSet.Full, 0, 0));
        (double? Own, double? Target, bool IsEarly) Judge(string answer, Comparison? comparison, EarlyRule rule)
        {
            RunningVerdict running = new(judge, rule, 0, new(judge.Layout, "?", 0, default), comparison);
            for (int token = 0; token < 20; token++)
                running.Add(-0.1f, 0.2f, 1, answer);
            running.Finish(AnswerEnd.Stop, answer);
            return (running.OwnProbability, running.TargetProbability, running.IsEarly);
        }

        Comparison earlier = new(SameIsBetter, new("nano", 0.4, "It is 12."));
        var alone = Judge("it is 12", null, EarlyRule.None);
        var same = Judge("it is 12", earlier, EarlyRule.None);
        var other = Judge("it is 13", earlier, EarlyRule.None);
        Assert.Equal(LogOdds(alone.Own) + 1.5, LogOdds(same.Own), 1e-9);
        Assert.Equal(LogOdds(alone.Own) - 1.5, LogOdds(other.Own), 1e-9);
        Assert.Equal((alone.Target, alone.Target), (same.Target, other.Target));

        // Every answer is accepted after 16 tokens.
        EarlyRule soon = new([16], [-1e6], [1e6]);
        EarlyRule always = new([16], [double.MaxValue], [double.MaxValue]);
        Assert.False(Judge("it is 13", earlier, soon).IsEarly);
        Assert.Equal(Judge("it is 13", null, always), Judge("it is 13", earlier, always));
        Assert.True(Judge("it is 13", earlier, always).IsEarly);
    }

    [Fact]
    public void The_next_judge_is_told_what_this_one_says_alone()
    {
        MemberJudge judge = Escalations.Judge(new Random(5), new(SignalSet.Full, 0, 0));
        AnswerJudge Judge(Comparison? comparison)
        {
            AnswerJudge judged = new(new(judge, EarlyRule.None, 0, new(judge.Layout, "?", 0, default), comparison), isGated: true);
            judged.Finish(AnswerEnd.Stop, "It is 13.");
            return judged;
        }

        AnswerJudge alone = Judge(null);
        AnswerJudge beside = Judge(new(SameIsBetter, new("nano", 0.4, "It is 12.")));

        Assert.Equal(alone.OwnProbability, alone.AloneProbability);
        Assert.Equal(alone.OwnProbability, beside.AloneProbability);
        Assert.NotEqual(beside.OwnProbability, beside.AloneProbability);
    }

    [Fact]
    public void A_head_has_its_weights_and_never_says_that_something_is_certain()
    {
        Assert.Throws<ArgumentException>(() => new AgreementHead([1, 2]));
        Assert.Throws<ArgumentException>(() => new AgreementHead([0, 1, 0, 0, double.NaN, 0, 0]));
        Agreement sure = new(new AgreementHead([1000, 0, 0, 0, 0, 0, 0]), new AgreementHead([-1000, 0, 0, 0, 0, 0, 0]));
        Assert.Equal((1 - 1e-6, 1e-6), sure.Correct(0.5, 0.5, 0.5, default));
        // Judges that are certain are no infinity here.
        Assert.InRange(SameIsBetter.Correct(1, 1, 0, new(1, 1, 1)).Own, 0.5, 1 - 1e-6);
    }

    private static double LogOdds(double? chance) => Math.Log(chance!.Value / (1 - chance.Value));
}
