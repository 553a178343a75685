using CascadeLocal.Calibration.Heads;
using CascadeLocal.Routing.Judging;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Judging;

public sealed class CalibrationTests
{
    private static Gen<(double Score, double Label)[]> Answers(int least, int most) => Gen.Select(
        Gen.OneOf(Gen.Int[-4, 4].Select(i => (double)i), Gen.Int[-2000, 2000].Select(i => i / 100.0)),
        Gen.Int[0, 1].Select(i => (double)i)).Array[least, most];

    [Fact]
    public void Answers_beyond_the_middles_of_the_outer_steps_keep_their_order()
    {
        // Two steps: what is below 0 is right in a quarter, what is above in three.
        double[] scores = [.. Enumerable.Range(0, 80).Select(i => i < 40 ? -1 - i / 100.0 : 1 + i / 100.0)];
        double[] labels = [.. Enumerable.Range(0, 80).Select(i => (i % 4 == 3) == (i < 40) ? 1.0 : 0)];
        IsotonicCalibration curve = CalibrationFit.Isotonic(scores, labels);
        double[] chances = [.. scores.Order().Select(curve.Apply)];
        Assert.All(chances.Zip(chances.Skip(1)), pair => Assert.True(pair.First < pair.Second));
        Assert.Equal(labels.Average(), chances.Average(), 0.05);
    }

    [Fact]
    public void A_curve_grows_and_stays_inside_zero_and_one() => Answers(1, 700).Sample(answers =>
    {
        ScoreCalibration curve = Fit(answers);
        Assert.Equal(answers.Length >= 500 ? CalibrationKind.Isotonic : CalibrationKind.Platt, curve.Kind);
        double last = 0;
        for (double score = -30; score <= 30; score += 0.25)
        {
            double probability = curve.Apply(score);
            Assert.True(probability is > 0 and < 1);
            Assert.True(probability >= last);
            last = probability;
        }
    }, iter: 50);

    [Fact]
    public void The_isotonic_curve_has_the_max_min_value_at_every_step() => Answers(1, 25).Sample(answers =>
    {
        // The classical formula: the greatest lower mean over all that end at or after, and begin at or before.
        double[] scores = [.. answers.Select(a => a.Score).Distinct().Order()];
        double[] counts = [.. scores.Select(s => (double)answers.Count(a => a.Score == s))];
        double[] right = [.. scores.Select(s => answers.Where(a => a.Score == s).Sum(a => a.Label))];
        double[] exact = [.. scores.Select((_, i) => Enumerable.Range(0, i + 1).Max(from => Enumerable.Range(i, scores.Length - i).Min(to =>
            right[from..(to + 1)].Sum() / counts[from..(to + 1)].Sum())))];

        IsotonicCalibration curve = CalibrationFit.Isotonic([.. answers.Select(a => a.Score)], [.. answers.Select(a => a.Label)]);
        double least = 0.5 / (answers.Length + 1);
        foreach (IGrouping<double, int> step in Enumerable.Range(0, scores.Length).GroupBy(i => Math.Round(exact[i], 9)))
        {
            double middle = step.Sum(i => scores[i] * counts[i]) / step.Sum(i => counts[i]);
            Assert.Equal(Math.Clamp(step.Key, least, 1 - least), curve.Apply(middle), 1e-4);
        }
    });

    [Fact]
    public void Platts_curve_finds_the_curve_that_the_labels_came_from()
    {
        Random random = new(1);
        (double Score, double Label)[] answers = [.. Enumerable.Range(0, 499).Select(_ =>
        {
            double score = random.NextDouble() * 8 - 4;
            return (score, random.NextDouble() < 1 / (1 + Math.Exp(-(0.7 * score - 0.5))) ? 1.0 : 0);
        })];
        ScoreCalibration curve = Fit(answers);
        for (double score = -3; score <= 3; score++)
            Assert.Equal(1 / (1 + Math.Exp(-(0.7 * score - 0.5))), curve.Apply(score), 0.08);
    }

    [Fact]
    public void Scores_that_rank_backwards_get_the_base_rate()
    {
        ScoreCalibration curve = Fit([.. Enumerable.Range(0, 100).Select(i => ((double)i, i < 30 ? 1.0 : 0))]);
        Assert.Equal(0.3, curve.Apply(-100), 0.01);
        Assert.Equal(0.3, curve.Apply(100), 0.01);
    }

    private static ScoreCalibration Fit((double Score, double Label)[] answers) =>
        CalibrationFit.Of([.. answers.Select(a => a.Score)], [.. answers.Select(a => a.Label)]);
}
