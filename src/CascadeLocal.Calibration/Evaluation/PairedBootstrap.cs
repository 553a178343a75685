using System.Numerics.Tensors;

using CascadeLocal.Calibration.Statistics;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>
/// Draws questions again and again, with replacement, and sums the same columns over the same draws for all that is compared.
/// Questions are drawn within their family, so that every draw has as many of each kind; all requests of a question go together. Families
/// of few questions are one: drawn within, a family of one would never vary.
/// </summary>
internal sealed class PairedBootstrap
{
    private const int LeastQuestions = 20;

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
        Dictionary<string, int> sizes = families.CountBy(family => family).ToDictionary();
        double[][][] groups = [.. units.Zip(families)
            .GroupBy(pair => sizes[pair.Second] < LeastQuestions ? null : pair.Second, pair => pair.First)
            .Select(group => group.ToArray())];
        Families = groups.Length;
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

    /// <summary>Draws the questions of requests.</summary>
    /// <param name="requests">The requests.</param>
    /// <param name="columns">How many sums there are.</param>
    /// <param name="add">Adds a request to sums.</param>
    /// <param name="draws">How many.</param>
    /// <param name="seed">Decides them.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static PairedBootstrap Of(
        IReadOnlyList<RequestKey> requests, int columns, Action<double[], int> add, int draws, ulong seed, CancellationToken cancellationToken)
    {
        Dictionary<int, (double[] Sums, string Family)> units = [];
        for (int i = 0; i < requests.Count; i++)
        {
            if (!units.TryGetValue(requests[i].Question, out var unit))
                units[requests[i].Question] = unit = (new double[columns], requests[i].Family ?? "");
            add(unit.Sums, i);
        }

        return new([.. units.Values.Select(unit => unit.Sums)], [.. units.Values.Select(unit => unit.Family)], draws, seed, cancellationToken);
    }

    /// <summary>How many families were told apart.</summary>
    public int Families { get; }

    /// <summary>
    /// The middle 95 % of a figure over the draws; null where most draws do not define it.
    /// </summary>
    /// <param name="figure">Of the sums of a draw; NaN where it is not defined.</param>
    public Interval? Bounds(Func<double[], double> figure)
    {
        double[] values = [.. _draws.Select(figure).Where(double.IsFinite).Order()];
        return values.Length * 2 <= _draws.Length ? null : new(Quantile.Of(values, 0.025), Quantile.Of(values, 0.975));
    }
}

/// <summary>Quantiles with linear interpolation between neighbours (R's type 7).</summary>
internal static class Quantile
{
    /// <summary>The quantile of sorted values; NaN without any.</summary>
    public static double Of(IReadOnlyList<double> sorted, double share)
    {
        if (sorted.Count == 0)
            return double.NaN;
        double place = share * (sorted.Count - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    /// <summary>The median of values in any order; null without any.</summary>
    public static double? Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? null : Of(sorted, 0.5);
    }
}
