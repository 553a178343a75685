using CascadeLocal.Calibration.Statistics;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Statistics;

public sealed class MeasureTests
{
    // Coarse scores, so that there are ties; labels of whole answers, and of several runs.
    private static Gen<(double Score, double Label)[]> Answers { get; } = Gen.Select(
        Gen.OneOf(Gen.Int[0, 6].Select(i => i / 6.0), Gen.Double[0, 1]),
        Gen.OneOf(Gen.Int[0, 1].Select(i => (double)i), Gen.Double[0, 1])).Array[1, 40];

    [Fact]
    public void Auroc_is_the_share_of_pairs_in_order() => Answers.Sample(answers =>
    {
        double ordered = 0;
        double pairs = 0;
        for (int i = 0; i < answers.Length; i++)
        {
            for (int j = 0; j < answers.Length; j++)
            {
                double weight = i == j ? 0 : answers[i].Label * (1 - answers[j].Label);
                pairs += weight;
                ordered += weight * (answers[i].Score.CompareTo(answers[j].Score) + 1) / 2;
            }
        }

        double? auroc = Ranking.Auroc(Scores(answers), Labels(answers));
        if (pairs < 1e-9)
            Assert.True(auroc is null || pairs > 0);
        else
            Assert.Equal(ordered / pairs, auroc!.Value, 1e-9);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Auroc_of_one_class_is_undefined(double label) =>
        Assert.Null(Ranking.Auroc([0.1, 0.7, 0.3], [label, label, label]));

    [Fact]
    public void Average_precision_is_precision_over_added_recall() => Answers.Sample(answers =>
    {
        double all = answers.Sum(a => a.Label);
        double recall = 0;
        double sum = 0;
        foreach (double threshold in answers.Select(a => a.Score).Distinct().OrderDescending())
        {
            (double, double Label)[] accepted = [.. answers.Where(a => a.Score >= threshold)];
            double right = accepted.Sum(a => a.Label);
            sum += (right / all - recall) * right / accepted.Length;
            recall = right / all;
        }

        double? precision = Ranking.AveragePrecision(Scores(answers), Labels(answers));
        if (all > 0)
            Assert.Equal(sum, precision!.Value, 1e-9);
        else
            Assert.Null(precision);
    });

    [Fact]
    public void Calibration_error_of_different_scores_is_that_of_ten_cuts_by_rank() =>
        Gen.Select(Gen.Double[0, 0.9], Gen.Double[0, 1]).Array[10, 60].Sample(answers =>
    {
        // From the highest score down, a bin ends at the first answer that completes another tenth of all.
        double error = 0;
        double gap = 0;
        int bins = 1;
        (double Probability, double Label)[] falling =
        [
            .. answers.Select((a, i) => ((i + a.Item1) / answers.Length, a.Item2)).OrderByDescending(a => a.Item1),
        ];
        for (int i = 0; i < falling.Length; i++)
        {
            gap += falling[i].Probability - falling[i].Label;
            if (i + 1 < Math.Ceiling(bins * falling.Length / 10.0))
                continue;
            error += Math.Abs(gap);
            (gap, bins) = (0, bins + 1);
        }

        Assert.Equal(11, bins);
        Assert.Equal(
            error / falling.Length,
            CalibrationError.Expected([.. falling.Select(a => a.Probability)], [.. falling.Select(a => a.Label)])!.Value,
            1e-9);
    });

    [Fact]
    public void Calibration_error_is_zero_where_probabilities_are_rates_and_equal_ones_stay_together()
    {
        double[] probabilities = [.. Enumerable.Repeat(0.25, 40), .. Enumerable.Repeat(0.5, 40)];
        double[] labels = [.. Enumerable.Range(0, 40).Select(i => i % 4 == 0 ? 1.0 : 0), .. Enumerable.Range(0, 40).Select(i => i % 2.0)];
        Assert.Equal(0, CalibrationError.Expected(probabilities, labels)!.Value, 1e-12);
        Assert.Null(CalibrationError.Expected([], []));
    }

    [Fact]
    public void The_risk_coverage_curve_is_what_each_threshold_accepts() => Answers.Sample(answers =>
    {
        foreach (RiskPoint point in RiskCoverage.Curve(Scores(answers), Labels(answers)))
        {
            (double, double Label)[] accepted = [.. answers.Where(a => a.Score >= point.Threshold)];
            Assert.Equal((double)accepted.Length / answers.Length, point.Coverage, 1e-12);
            Assert.Equal(accepted.Average(a => 1 - a.Label), point.Risk, 1e-9);
        }
    });

    [Fact]
    public void The_area_under_it_is_the_mean_risk_of_the_best_answers() => Answers.Sample(answers =>
    {
        // Answers of one score share their label in the mean.
        double[] labels = [.. answers.OrderByDescending(a => a.Score).Select(a => answers.Where(b => b.Score == a.Score).Average(b => b.Label))];
        double expected = Enumerable.Range(1, labels.Length).Average(k => labels.Take(k).Average(l => 1 - l));
        Assert.Equal(expected, RiskCoverage.Area(Scores(answers), Labels(answers))!.Value, 1e-9);
    });

    private static double[] Scores((double Score, double Label)[] answers) => [.. answers.Select(a => a.Score)];

    private static double[] Labels((double Score, double Label)[] answers) => [.. answers.Select(a => a.Label)];
}
