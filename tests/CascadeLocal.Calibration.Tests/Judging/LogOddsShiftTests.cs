using CascadeLocal.Calibration.Heads;
using CascadeLocal.Routing.Judging;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Judging;

/// <summary>One number that makes the mean of probabilities that of labels.</summary>
public sealed class LogOddsShiftTests
{
    private static readonly Gen<(double[] Probabilities, double[] Labels)> Said =
        Gen.Select(Gen.Double[0.01, 0.99].Array[2, 60], Gen.Double[0.05, 0.95].Array[60], (p, l) => (p, l[..p.Length]));

    [Fact]
    public void The_mean_probability_becomes_the_mean_label_and_the_order_stays() => Said.Sample(said =>
    {
        LogOddsShift shift = CalibrationFit.Shift(said.Probabilities, said.Labels);
        double[] moved = [.. said.Probabilities.Select(shift.Apply)];

        Assert.Equal(said.Labels.Average(), moved.Average(), 1e-9);
        Assert.Equal(
            Enumerable.Range(0, moved.Length).OrderBy(i => said.Probabilities[i]),
            Enumerable.Range(0, moved.Length).OrderBy(i => moved[i]));
    });

    [Fact]
    public void Platts_curve_moved_is_the_moved_probability()
    {
        double[] scores = [-3, -1, 0, 0.5, 2];
        ScoreCalibration curve = new PlattCalibration(1.5, 0.2);
        LogOddsShift shift = new(-0.7);

        Assert.All(scores, score => Assert.Equal(shift.Apply(curve.Apply(score)), curve.Moved(shift).Apply(score), 1e-9));
    }

    [Theory]
    [InlineData(-0.7)]
    [InlineData(30)]
    public void An_isotonic_curve_moved_goes_through_the_moved_rates_and_can_be_read_back(double offset)
    {
        double[] scores = [.. Enumerable.Range(0, 600).Select(i => i / 100.0)];
        double[] labels = [.. scores.Select((score, i) => i * 7919 % 600 / 100.0 < score ? 1.0 : 0)];
        ScoreCalibration curve = CalibrationFit.Isotonic(scores, labels);
        LogOddsShift shift = new(offset);
        ScoreCalibration moved = curve.Moved(shift);

        float[] knots = curve.ToTensors("").First().Values;
        Assert.All(knots, knot => Assert.Equal(Math.Min(shift.Apply(curve.Apply(knot)), 1 - 1e-6), moved.Apply(knot), 2e-6));
        ScoreCalibration read = ScoreCalibration.Read(moved.Kind, moved.ToTensors("").ToDictionary(tensor => tensor.Name), "");
        Assert.All(scores, score => Assert.Equal(moved.Apply(score), read.Apply(score)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void One_sided_labels_have_no_finite_shift(double label) =>
        Assert.Throws<ArgumentException>(() => CalibrationFit.Shift([0.5, 0.6], [label, label]));
}
