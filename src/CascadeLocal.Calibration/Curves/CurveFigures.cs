using CascadeLocal.Calibration.Evaluation;

namespace CascadeLocal.Calibration.Curves;

/// <summary>
/// The figures of several trade-offs on the same requests, with intervals by drawing questions again: points stay where they are, and
/// what they give is summed anew over every draw.
/// </summary>
internal sealed class CurveFigures
{
    // Of a point: right answers and calls over all requests, then right answers and cost over the priced ones.
    private const int Each = 4;

    private readonly IReadOnlyList<TradeOff> _curves;
    private readonly int[] _offsets;
    private readonly PairedBootstrap? _bootstrap;

    /// <param name="keys">The requests.</param>
    /// <param name="curves">What is compared.</param>
    /// <param name="weak">The weak model alone.</param>
    /// <param name="strong">The strong model alone.</param>
    /// <param name="draws">How many times questions are drawn; 0 for no intervals.</param>
    /// <param name="seed">Decides the draws.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public CurveFigures(
        IReadOnlyList<RequestKey> keys, IReadOnlyList<TradeOff> curves, PointOutcomes weak, PointOutcomes strong, int draws, ulong seed,
        CancellationToken cancellationToken = default)
    {
        // The two models alone are curves of one point each, first in line.
        _curves = [new("weak", CurveKind.Random, [weak]), new("strong", CurveKind.Random, [strong]), .. curves];
        _offsets = [.. _curves.Select((_, c) => Each * _curves.Take(c).Sum(curve => curve.Points.Count))];
        bool[] priced = [.. keys.Select((_, i) => _curves.All(curve => curve.Points.All(point => double.IsFinite(point.Cost[i]))))];
        Priced = priced.Count(p => p);
        Total = new double[Each * _curves.Sum(curve => curve.Points.Count) + 2];
        for (int i = 0; i < keys.Count; i++)
            AddTo(Total, i, priced[i]);
        if (draws > 0)
            _bootstrap = PairedBootstrap.Of(keys, Total.Length, (sums, i) => AddTo(sums, i, priced[i]), draws, seed, cancellationToken);
    }

    /// <summary>The sums over all requests.</summary>
    public double[] Total { get; }

    /// <summary>How many requests have a cost at every point of all.</summary>
    public int Priced { get; }

    /// <summary>
    /// Whether on these requests too the strong model costs more than the weak one and is more accurate, so that there is a way from the one
    /// to the other.
    /// </summary>
    public bool HasCosts => Priced > 0 && Total[_offsets[1] + 3] > Total[_offsets[0] + 3] && Total[_offsets[1] + 2] > Total[_offsets[0] + 2];

    /// <summary>The middle 95 % of a figure over the draws; null where most do not define it.</summary>
    public IReadOnlyList<double>? Ci95(Func<double[], double> figure) => _bootstrap?.Bounds(figure)?.ToList();

    /// <summary>A trade-off's curve over calls of the strong model, by growing share.</summary>
    public RoutingCurve Calls(double[] sums, int curve) => Curve(
        sums, curve, point => new(sums[point + 1] / sums[^2], sums[point] / sums[^2]), sums[_offsets[0]] / sums[^2], sums[_offsets[1]] / sums[^2]);

    /// <summary>
    /// A trade-off's curve over cost, as a share of the way from the weak model's cost to the strong one's: 0 and 1 are these alone. For two
    /// models of which a router calls one this is the share of calls; a cascade pays for both.
    /// </summary>
    public RoutingCurve Costs(double[] sums, int curve)
    {
        double cheap = sums[_offsets[0] + 3];
        double range = sums[_offsets[1] + 3] - cheap;
        return Curve(
            sums,
            curve,
            point => new((sums[point + 3] - cheap) / range, sums[point + 2] / sums[^1]),
            sums[_offsets[0] + 2] / sums[^1],
            sums[_offsets[1] + 2] / sums[^1]);
    }

    /// <summary>The accuracy of one point.</summary>
    public double Accuracy(double[] sums, int curve, int point) => sums[Column(curve, point)] / sums[^2];

    /// <summary>The share of requests for which the strong model is asked at one point.</summary>
    public double CallShare(double[] sums, int curve, int point) => sums[Column(curve, point) + 1] / sums[^2];

    /// <summary>The mean cost of one point over the priced requests; NaN where there is none.</summary>
    public double Cost(double[] sums, int curve, int point) => sums[Column(curve, point) + 3] / sums[^1];

    private int Column(int curve, int point) => _offsets[curve + 2] + Each * point;

    private RoutingCurve Curve(double[] sums, int curve, Func<int, CurvePoint> point, double weak, double strong)
    {
        CurvePoint[] points = [.. Enumerable.Range(0, _curves[curve + 2].Points.Count).Select(p => point(Column(curve, p)))];
        return new([.. points.OrderBy(p => p.StrongShare).ThenBy(p => p.Accuracy)], weak, strong);
    }

    private void AddTo(double[] sums, int request, bool isPriced)
    {
        int column = 0;
        foreach (TradeOff curve in _curves)
        {
            foreach (PointOutcomes point in curve.Points)
            {
                sums[column] += point.Correct[request];
                sums[column + 1] += point.Strong[request];
                if (isPriced)
                {
                    sums[column + 2] += point.Correct[request];
                    sums[column + 3] += point.Cost[request];
                }

                column += Each;
            }
        }

        sums[^2]++;
        sums[^1] += isPriced ? 1 : 0;
    }
}
