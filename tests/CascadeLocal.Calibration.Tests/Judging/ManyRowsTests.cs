using CascadeLocal.Calibration.Heads;
using CascadeLocal.Routing.Judging;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Judging;

/// <summary>Heads of more questions than their inputs are chosen on.</summary>
public sealed class ManyRowsTests
{
    private static readonly FeatureLayout Layout = new(SignalSet.Confidence, 0, 2);

    [Fact]
    public void A_head_that_begins_with_what_a_part_taught_is_as_good_as_one_from_the_beginning()
    {
        HeadRows rows = Answers(HeadTrainer.MostChosen + 500, 1);
        TrainedHead chosen = HeadTrainer.Choose(rows, new());
        TrainedHead whole = HeadTrainer.Train(rows, new() { Inputs = chosen.Inputs });
        TrainedHead earlier = HeadTrainer.TrainEarlier(rows, chosen, new());

        Assert.Equal(HeadInputs.All, chosen.Inputs);
        Assert.True(chosen.IsRefined && earlier.IsRefined && !whole.IsRefined);
        Assert.Equal(whole.Report!.Auroc!.Value, chosen.Report!.Auroc!.Value, 0.003);
        Assert.Equal(whole.Report.Auroc!.Value, earlier.Report!.Auroc!.Value, 0.003);
        Assert.Equal(chosen.Weights!.FoldOf.OrderBy(f => f.Key), earlier.Weights!.FoldOf.OrderBy(f => f.Key));
    }

    [Fact]
    public void With_few_questions_nothing_begins_with_another_head()
    {
        HeadRows rows = Answers(300, 2);
        TrainedHead chosen = HeadTrainer.Choose(rows, new());
        Assert.False(chosen.IsRefined);
        Assert.Equal(
            HeadTrainer.Train(rows, new() { Inputs = chosen.Inputs }).OutOfFoldScores,
            HeadTrainer.TrainEarlier(rows, chosen, new()).OutOfFoldScores);
    }

    [Fact]
    public void What_a_head_begins_with_has_not_seen_the_questions_that_it_leaves_out()
    {
        // Forty numbers that tell nothing of 200 answers: heads that had seen them would rank them well.
        FeatureLayout layout = new(SignalSet.None, 0, 40);
        Random random = new(3);
        float[] features = [.. Enumerable.Range(0, 200 * layout.Count).Select(_ => (float)(random.NextDouble() - 0.5))];
        HeadRows rows = new(layout, features, [.. Enumerable.Range(0, 200).Select(_ => (double)random.Next(2))], [.. Enumerable.Range(0, 200)]);
        TrainedHead first = HeadTrainer.Train(rows, new() { Ridge = 0, Patience = 300 });
        TrainedHead second = HeadTrainer.TrainEarlier(rows, first with { IsRefined = true }, new() { Ridge = 0, Patience = 300 });
        Assert.InRange(second.Report!.Auroc!.Value, 0.4, 0.6);
    }

    // The confidence tells something, and so does the query.
    private static HeadRows Answers(int count, int seed)
    {
        Random random = new(seed);
        float[] features = [.. Enumerable.Range(0, count * Layout.Count).Select(_ => (float)(random.NextDouble() - 0.5))];
        double[] labels = [.. Enumerable.Range(0, count).Select(i =>
        {
            ReadOnlySpan<float> row = features.AsSpan(i * Layout.Count, Layout.Count);
            return random.NextDouble() < 1 / (1 + Math.Exp(-4 * row[0] - 6 * row[^1])) ? 1.0 : 0;
        })];
        return new(Layout, features, labels, [.. Enumerable.Range(0, count)]);
    }
}
