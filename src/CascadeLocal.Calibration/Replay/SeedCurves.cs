using CascadeLocal.Calibration.Curves;
using CascadeLocal.Calibration.Evaluation;

namespace CascadeLocal.Calibration.Replay;

/// <summary>
/// A score on two models, fitted with several seeds: a curve of each. Intervals come from drawing the questions again, the same for all
/// seeds; what a seed did not judge counts nowhere in its curve.
/// </summary>
internal sealed class SeedCurves
{
    private const int Draws = 1_000;

    private readonly IReadOnlyList<PairQuestion> _questions;
    private readonly List<RoutingCurve> _curves = [];
    private readonly List<Action<double[][], int>> _columns = [];
    private int _judged;
    private int _each;

    public SeedCurves(IReadOnlyList<PairQuestion> questions) => _questions = questions;

    /// <summary>The curves, by seed.</summary>
    public IReadOnlyList<RoutingCurve> Curves => _curves;

    /// <summary>Questions that a seed judged, the mean where seeds differ.</summary>
    public int Count => _judged / _curves.Count;

    /// <summary>Adds the next seed's curve.</summary>
    /// <param name="judged">The questions that it judges.</param>
    /// <param name="scores">One of each of these.</param>
    public void Add(int[] judged, double[] scores)
    {
        ulong seed = (ulong)_curves.Count;
        RoutingCurve curve = RoutingCurve.Of([.. judged.Select(i => _questions[i])], scores, seed);
        ScoreCuts cuts = new(scores, seed);
        _curves.Add(curve);
        _judged += judged.Length;
        _each = (2 * cuts.Count) + 3;
        _columns.Add((units, offset) =>
        {
            for (int row = 0; row < judged.Length; row++)
            {
                PairQuestion question = _questions[judged[row]];
                Span<double> sums = units[judged[row]].AsSpan(offset, _each);
                for (int edge = 0; edge < cuts.Count; edge++)
                {
                    bool isStrong = cuts.IsStrong(edge, row);
                    sums[2 * edge] = isStrong ? 1 : 0;
                    sums[(2 * edge) + 1] = (isStrong ? question.StrongRight : question.WeakRight) ? 1 : 0;
                }

                sums[^3] = question.WeakRight ? 1 : 0;
                sums[^2] = question.StrongRight ? 1 : 0;
                sums[^1] = 1;
            }
        });
    }

    /// <summary>The 95 % interval of a figure's mean over the seeds, by drawing questions, for each of several figures.</summary>
    public IReadOnlyList<double>?[] Ci95(params Func<RoutingCurve, double>[] figures)
    {
        double[][] units = [.. _questions.Select(_ => new double[_each * _curves.Count])];
        for (int seed = 0; seed < _curves.Count; seed++)
            _columns[seed](units, _each * seed);
        PairedBootstrap bootstrap = new(units, [.. units.Select(_ => "")], Draws, seed: 0);
        return [.. figures.Select(figure => bootstrap.Bounds(sums =>
            Enumerable.Range(0, _curves.Count).Average(seed => figure(CurveOf(sums.AsSpan(_each * seed, _each)))))?.ToList())];
    }

    private static RoutingCurve CurveOf(ReadOnlySpan<double> sums)
    {
        double n = sums[^1];
        CurvePoint[] points = new CurvePoint[(sums.Length - 3) / 2];
        for (int edge = 0; edge < points.Length; edge++)
            points[edge] = new(sums[2 * edge] / n, sums[(2 * edge) + 1] / n);
        Array.Sort(points, (one, other) => one.StrongShare.CompareTo(other.StrongShare));
        return new(points, sums[^3] / n, sums[^2] / n);
    }
}
