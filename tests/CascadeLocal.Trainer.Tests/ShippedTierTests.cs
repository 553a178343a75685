using CascadeLocal.Tests.Common;
using CascadeLocal.Trainer.Evaluation;
using CascadeLocal.Trainer.Publishing;
using CascadeLocal.Trainer.Tasks;

using Xunit;

namespace CascadeLocal.Trainer.Tests;

/// <summary>What the tier in models/default has to be, by the records that <c>cascade-trainer measure</c> left beside its files.</summary>
public sealed class ShippedTierTests
{
    private const int PerFamily = 4;
    private const int MeasuredPerFamily = 40;

    private static readonly TierFolder Folder = new(RepositoryPaths.DefaultTier);
    private static readonly IReadOnlyList<MemberRecord> Members = Folder.ReadRecords();
    private static readonly TierSummary Summary = new(Members);

    [Fact]
    public void Three_members_of_growing_size_fit_into_25_megabytes()
    {
        Assert.Equal(["nano", "small", "base"], Members.Select(member => member.Member));
        Assert.All(Members, member => Assert.Equal(member.FileBytes, new FileInfo(Folder.ModelPath(member.Member)).Length));
        Assert.True(Members.Sum(member => member.FileBytes) <= 25_000_000);
    }

    [Fact]
    public void Every_member_was_measured_by_every_test_on_2000_questions_where_so_many_exist()
    {
        foreach (string test in HeldOutQuestions.Tests)
        {
            Dictionary<(string, int), int> asked = HeldOutQuestions.Of(test, MeasuredPerFamily)
                .CountBy(question => (question.Family, question.Level)).ToDictionary();
            Assert.True(test is "everyday" or "unknown" || asked.Values.Sum() >= 2_000, $"{test}: {asked.Values.Sum()}");
            Assert.All(Members, member => Assert.Equal(
                asked, ScoresOf(member, test).ToDictionary(score => (score.Family, score.Level), score => score.Questions)));
        }
    }

    [Fact]
    public void Base_understands_people_whom_training_never_saw_and_says_what_it_does_not_know()
    {
        Assert.InRange(ScoreSheet.MeanAccuracy(ScoresOf(Members[^1], "D")), 0.82, 1);
        TestScores people = Members[^1].Tests.Single(test => test.Test == "D");
        Assert.InRange(people.Refused, 0, 0.04);
        Assert.InRange(people.OtherKind, 0, 0.06);
        Assert.InRange(ScoresOf(Members[^1], "unknown").Where(score => score.Family == "unknown").Average(score => score.Accuracy), 0.85, 1);
    }

    [Fact]
    public void Each_member_is_as_good_as_its_place_in_the_tier_asks()
    {
        // Nearer to base than this, and there would be little to route; far below, and nothing to accept.
        Assert.InRange(Summary.Mean(0), 0.55, 0.80);
        Assert.InRange(Summary.Mean(1), 0.86, 1);
        Assert.InRange(Summary.Mean(2), 0.93, 1);
        Assert.InRange(Members[^1].AloneRight!.Value, 0, 0.15);
    }

    [Fact]
    public void Members_differ_enough_for_routing_and_judging_to_pay()
    {
        Assert.InRange(Summary.Mastered, 6, int.MaxValue);
        Assert.InRange(Summary.Uncertain, 5, int.MaxValue);
        Assert.InRange(Summary.FarAhead, 6, int.MaxValue);
        Assert.InRange(Summary.SecondSuffices, 4, int.MaxValue);
        Assert.InRange(Summary.DecidedByLevel, 5, int.MaxValue);
    }

    private static IReadOnlyList<LevelScore> ScoresOf(MemberRecord member, string test) =>
        test == "A" ? member.Scores : member.Tests.Single(result => result.Test == test).Scores;

    /// <summary>A sample is asked again; four standard deviations are the bound, so that only another file fails.</summary>
    [Theory]
    [InlineData("nano")]
    [InlineData("small")]
    [InlineData("base")]
    public void The_files_answer_as_recorded(string name)
    {
        MemberRecord member = Members.Single(record => record.Member == name);
        Dictionary<(string, int), double> recorded =
            member.Scores.ToDictionary(score => (score.Family, score.Level), score => score.Accuracy);
        IReadOnlyList<TaskExample> questions = HeldOutQuestions.Of("A", PerFamily);
        double[] expected = [.. questions.Select(question => recorded[(question.Family, question.Level)])];

        bool[] isRight = GgufJudge.Judge(
            Folder.ModelPath(name), questions, threads: 2, TextWriter.Null, TestContext.Current.CancellationToken);

        double deviation = Math.Sqrt(expected.Sum(share => share * (1 - share)));
        Assert.InRange(isRight.Count(right => right), expected.Sum() - 4 * deviation, expected.Sum() + 4 * deviation);
    }
}
