using System.Numerics.Tensors;

using CascadeLocal.Routing.Clustering;

namespace CascadeLocal.Calibration.Evaluation.Intervals;

/// <summary>
/// Draws questions again and again, with replacement, and sums the same columns over the same draws for all that is compared.
/// Questions are drawn within their family, so that every draw has as many of each kind; all requests of a question go together.
/// </summary>
internal sealed class PairedBootstrap
{
    private readonly double[][] _draws;

    /// <param name="units">Per question the sums of its requests.</param>
    /// <param name="families">Per question its kind; all the same where kinds are not known.</param>
    /// <param name="draws">How many.</param>
    /// <param name="seed">Decides them.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public PairedBootstrap(
        IReadOnlyList<double[]> units, IReadOnlyList<string> families, int draws, ulong seed, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(units.Count);
        double[][][] groups = [.. units.Zip(families).GroupBy(pair => pair.Second, pair => pair.First).Select(group => group.ToArray())];
        _draws = new double[draws][];
        // Every draw has a sequence of its own, so how many cores there are changes nothing.
        Parallel.For(0, draws, new() { CancellationToken = cancellationToken }, draw =>
        {
            SeededGenerator generator = SeededGenerator.Of(seed, draw);
            double[] sums = new double[units[0].Length];
            foreach (double[][] group in groups)
            {
                for (int i = 0; i < group.Length; i++)
                    TensorPrimitives.Add(sums, group[generator.NextIndex(group.Length)], sums);
            }

            _draws[draw] = sums;
        });
    }

    /// <summary>
    /// The middle 95 % of a figure over the draws; null where most draws do not define it.
    /// </summary>
    /// <param name="figure">Of the sums of a draw; NaN where it is not defined.</param>
    public Bounds? Bounds(Func<double[], double> figure)
    {
        double[] values = [.. _draws.Select(figure).Where(double.IsFinite).Order()];
        return values.Length * 2 <= _draws.Length ? null : new(Quantile.Of(values, 0.025), Quantile.Of(values, 0.975));
    }
}
