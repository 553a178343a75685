using System.Text.Json;
using System.Text.Json.Serialization;

using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Curves;

/// <summary>What <c>cascade report --curve</c> found. Intervals hold 95 % and come from drawing questions again.</summary>
public sealed record CurveReport
{
    // Where accuracies are compared: a quarter, a half and three quarters of the way.
    private static readonly double[] Shares = [0.25, 0.5, 0.75];

    /// <summary>How many different questions.</summary>
    public required int Questions { get; init; }

    /// <summary>How many requests.</summary>
    public required int N { get; init; }

    /// <summary>How many of them have a cost under every way to answer.</summary>
    public required int Priced { get; init; }

    /// <summary>What a cost is: tpot, e2el or cost; null where nothing has one.</summary>
    public required string? Metric { get; init; }

    /// <summary>The model at 0: the cheapest, or without costs the least accurate.</summary>
    public required string Weak { get; init; }

    /// <summary>The model at 1: the most accurate.</summary>
    public required string Strong { get; init; }

    /// <summary>How many times questions were drawn for the intervals.</summary>
    public required int Draws { get; init; }

    /// <summary>Each model alone.</summary>
    public required IReadOnlyList<CurveModelReport> Models { get; init; }

    /// <summary>The ways to trade.</summary>
    public required IReadOnlyList<CurveScoreReport> Scores { get; init; }

    /// <summary>The policy as it serves; null where none was given, or the labels lack what it judges by.</summary>
    public required CurvePolicyReport? Policy { get; init; }

    /// <summary>The most accurate choice that a query router knows, whatever it costs.</summary>
    public required CurveModelReport Routed { get; init; }

    /// <summary>What was left out, and where a query router alone is better than a cascade.</summary>
    public required IReadOnlyList<string> Notices { get; init; }

    /// <summary>Compares all ways to trade.</summary>
    /// <param name="requests">The requests; of a policy those that it was not fitted to.</param>
    /// <param name="vectors">The vectors of their texts.</param>
    /// <param name="policy">A policy, or null.</param>
    /// <param name="options">How.</param>
    /// <param name="source">Where the labels are from, for messages.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="DataFileException">There is nothing to trade.</exception>
    public static CurveReport Of(
        RecordedRequests requests, PointSet vectors, Policy? policy, CurveOptions options, string source,
        IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentNullException.ThrowIfNull(options);
        CurveModels models = CurveModels.Of(requests, options.Metric, source);
        double[][] predicted = RouterCurve.CrossFitted(models, vectors, options.Seed, progress, cancellationToken);
        List<string> notices = [.. requests.Notices, .. models.Metric == CostMetric.Tpot ? requests.LengthNotices : []];
        List<TradeOff> curves =
        [
            ReferenceCurves.Random(models),
            RouterCurve.Of("query router", CurveKind.QueryRouter, models, predicted, options.Seed),
        ];
        if (ConfidenceCascade.Of(models, options.Seed) is { } confidence)
            curves.Add(confidence);
        else
            notices.Add($"answers of {requests.Members[models.Weak]} have no confidence (nor log-probabilities of tokens): there is no cascade by it");
        PolicyCurves? own = policy is null ? null : new(policy, models, vectors, options.Seed);
        if (own is not null)
            curves.AddRange([own.Router(), .. own.Judge() is { } judge ? [judge] : (TradeOff[])[]]);
        curves.Add(ReferenceCurves.Oracle(models, options.Seed));
        PointOutcomes? served = own?.Served(cancellationToken);
        if (own is not null && served is null)
            notices.Add("the labels lack what the policy's judges look at: it has no point");
        return new Builder(models, curves, predicted, served, options, cancellationToken).Build(notices);
    }

    /// <summary>Makes the figures.</summary>
    private sealed class Builder
    {
        private readonly CurveModels _models;
        private readonly List<TradeOff> _curves;
        private readonly CurveOptions _options;
        private readonly CurveFigures _figures;
        private readonly int _compared;
        private readonly bool _hasPolicy;

        public Builder(
            CurveModels models, List<TradeOff> curves, double[][] predicted, PointOutcomes? served, CurveOptions options, CancellationToken cancellationToken)
        {
            (_models, _options, _compared, _hasPolicy) = (models, options, curves.Count, served is not null);
            // Single points are drawn with the curves, so that all is paired.
            _curves =
            [
                .. curves,
                new("models", CurveKind.Random, [.. Enumerable.Range(0, models.Count).Select(m => PointOutcomes.Of(models.N, i => models.Alone(i, m)))]),
                new("routed", CurveKind.QueryRouter, [RouterCurve.Unlimited(models, predicted)]),
                .. served is null ? (TradeOff[])[] : [new("policy", CurveKind.PolicyJudge, [served])],
            ];
            RequestKey[] keys = [.. models.Requests.All.Select(request => new RequestKey(request.Text, request.Family))];
            _figures = new(keys, _curves,
                PointOutcomes.Of(models.N, i => models.Alone(i, models.Weak)), PointOutcomes.Of(models.N, i => models.Alone(i, models.Strong)),
                options.Draws, options.Seed, cancellationToken);
        }

        private bool HasCosts => _models.Costs is not null && _figures.HasCosts;

        public CurveReport Build(List<string> notices)
        {
            if (_models.Costs is not null && !HasCosts)
                notices.Add($"{_figures.Priced} of {_models.N} requests {(_figures.Priced == 1 ? "has" : "have")} a cost under every way to answer, and there the most accurate model is not both dearer and more accurate: all is by calls");
            else if (HasCosts && _figures.Priced < _models.N)
                notices.Add($"costs are of the {_figures.Priced} of {_models.N} requests that have one under every way to answer");
            int router = _curves.FindIndex(curve => curve.Kind == CurveKind.QueryRouter);
            CurveScoreReport[] scores = [.. Enumerable.Range(0, _compared).Select(c => Score(c, router))];
            foreach (CurveScoreReport score in scores.Where(s => s.Kind is "confidence_cascade" or "policy_judge"))
                notices.Add(Verdict(score));
            return new()
            {
                Questions = _models.Requests.Questions,
                N = _models.N,
                Priced = HasCosts ? _figures.Priced : 0,
                Metric = _models.Metric is { } metric && HasCosts ? PolicyTerms.Of(metric) : null,
                Weak = _models.Requests.Members[_models.Weak],
                Strong = _models.Requests.Members[_models.Strong],
                Draws = _options.Draws,
                Models = [.. Enumerable.Range(0, _models.Count).Select(m => Model(_models.Requests.Members[m], _compared, m))],
                Scores = scores,
                Policy = _hasPolicy ? Served() : null,
                Routed = Model("query router, whatever it costs", _compared + 1, 0),
                Notices = notices,
            };
        }

        private CurveScoreReport Score(int curve, int router) => new(
            _curves[curve].Name,
            JsonNamingPolicy.SnakeCaseLower.ConvertName(_curves[curve].Kind.ToString()),
            Axis(curve, router, _figures.Calls, RoutingMetrics.OfCalls),
            HasCosts ? Axis(curve, router, _figures.Costs, RoutingMetrics.OfCost) : null,
            [
                .. Enumerable.Range(0, _curves[curve].Points.Count)
                    .Select(p => new CurvePointReport(
                        _figures.CallShare(_figures.Total, curve, p), HasCosts ? _figures.Cost(_figures.Total, curve, p) : null, _figures.Accuracy(_figures.Total, curve, p)))
                    .OrderBy(p => p.Cost ?? p.Calls)
                    .ThenBy(p => p.Calls),
            ]);

        private CurveAxisReport Axis(int curve, int router, Func<double[], int, RoutingCurve> axis, Func<RoutingCurve, RoutingMetrics> metrics)
        {
            RoutingMetrics Of(double[] sums, int of) => metrics(axis(sums, of));
            RoutingMetrics total = Of(_figures.Total, curve);
            bool isRouter = curve == router;
            return new(
                Known(total.Apgr),
                _figures.Ci95(sums => Of(sums, curve).Apgr),
                total.Cpt50,
                _figures.Ci95(sums => Of(sums, curve).Cpt50),
                total.Cpt80,
                _figures.Ci95(sums => Of(sums, curve).Cpt80),
                isRouter ? null : Known(total.Apgr - Of(_figures.Total, router).Apgr),
                isRouter ? null : _figures.Ci95(sums => Of(sums, curve).Apgr - Of(sums, router).Apgr),
                [
                    .. Shares.Select(share => new EqualShareReport(
                        share, AccuracyAt(axis(_figures.Total, curve), share), _figures.Ci95(sums => AccuracyAt(axis(sums, curve), share)))),
                ]);
        }

        private static double? Known(double value) => double.IsFinite(value) ? value : null;

        // A curve that ends before the share has nothing to buy with the rest.
        private static double AccuracyAt(RoutingCurve curve, double share) => Interpolation.At(
            share, [.. curve.Points.Select(p => p.StrongShare)], [.. curve.Points.Select(p => p.Accuracy)]);

        private CurveModelReport Model(string name, int curve, int point) => new(
            name,
            _figures.Accuracy(_figures.Total, curve, point),
            _figures.Ci95(sums => _figures.Accuracy(sums, curve, point)),
            _figures.CallShare(_figures.Total, curve, point),
            HasCosts ? _figures.Cost(_figures.Total, curve, point) : null);

        private CurvePolicyReport Served()
        {
            int own = _compared + 2;
            Func<double[], int, RoutingCurve> axis = HasCosts ? _figures.Costs : _figures.Calls;
            double Share(double[] sums) => axis(sums, own).Points[0].StrongShare;
            double Own(double[] sums) => _figures.Accuracy(sums, own, 0);
            return new(
                Model("policy", own, 0),
                Share(_figures.Total),
                [
                    .. Enumerable.Range(0, _compared).Select(c => new EqualCostReport(
                        _curves[c].Name,
                        AccuracyAt(axis(_figures.Total, c), Share(_figures.Total)),
                        Own(_figures.Total) - AccuracyAt(axis(_figures.Total, c), Share(_figures.Total)),
                        _figures.Ci95(sums => Own(sums) - AccuracyAt(axis(sums, c), Share(sums))))),
                ]);
        }

        // Cost is what matters; calls flatter a cascade, which pays for the weak model too.
        private static string Verdict(CurveScoreReport score)
        {
            CurveAxisReport axis = score.Cost ?? score.Calls;
            string on = score.Cost is null ? "calls, which leave out what the cascade pays for the weak model" : "cost";
            if (axis.RouterDifference is null)
                return $"{score.Name}: cannot be compared with a query router alone on {on} (one of both does not move there, and has no APGR)";
            string verdict = axis.RouterDifferenceCi95 switch
            {
                [> 0, _] => "beats a query router alone",
                [_, < 0] => "is beaten by a query router alone",
                _ => "cannot be told from a query router alone",
            };
            return FormattableString.Invariant($"{score.Name}: {verdict} on {on} (APGR {axis.RouterDifference:+0.000;-0.000;0.000} against it)");
        }
    }
}

/// <summary>A model alone, or another single way to answer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Accuracy">The mean of how right the answers are.</param>
/// <param name="Ci95">Its interval.</param>
/// <param name="Calls">The share of requests for which the strong model is asked.</param>
/// <param name="Cost">Mean cost; null where it is not known.</param>
public sealed record CurveModelReport(string Name, double Accuracy, IReadOnlyList<double>? Ci95, double Calls, double? Cost);

/// <summary>A way to trade.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">random, query_router, confidence_cascade, policy_router, policy_judge or oracle.</param>
/// <param name="Calls">Its figures over the share of requests for which the strong model is asked.</param>
/// <param name="Cost">Its figures over cost, 0 the weak model's and 1 the strong one's; null where costs are not known.</param>
/// <param name="Curve">Its points.</param>
public sealed record CurveScoreReport(string Name, string Kind, CurveAxisReport Calls, CurveAxisReport? Cost, IReadOnlyList<CurvePointReport> Curve);

/// <summary>The figures of a way to trade over one axis.</summary>
/// <param name="Apgr">
/// Average performance gap recovered; null of a curve that stays at one place of the axis, as on calls where the strong model is never asked.
/// </param>
/// <param name="ApgrCi95">Its interval.</param>
/// <param name="Cpt50">Where half of the gap is closed.</param>
/// <param name="Cpt50Ci95">Its interval.</param>
/// <param name="Cpt80">Where 80 % of it is closed.</param>
/// <param name="Cpt80Ci95">Its interval.</param>
/// <param name="RouterDifference">APGR less the query router's, paired; null for that router itself, and where either has none.</param>
/// <param name="RouterDifferenceCi95">Its interval.</param>
/// <param name="Equal">Accuracy at equal shares of the way.</param>
public sealed record CurveAxisReport(
    double? Apgr,
    IReadOnlyList<double>? ApgrCi95,
    double Cpt50,
    IReadOnlyList<double>? Cpt50Ci95,
    double Cpt80,
    IReadOnlyList<double>? Cpt80Ci95,
    double? RouterDifference,
    IReadOnlyList<double>? RouterDifferenceCi95,
    IReadOnlyList<EqualShareReport> Equal);

/// <summary>The accuracy at a share of the axis.</summary>
/// <param name="Share">The share.</param>
/// <param name="Accuracy">By the line between the points beside it.</param>
/// <param name="Ci95">Its interval.</param>
public sealed record EqualShareReport(double Share, double Accuracy, IReadOnlyList<double>? Ci95);

/// <summary>A point of a curve.</summary>
/// <param name="Calls">The share of requests for which the strong model is asked.</param>
/// <param name="Cost">Mean cost; null where it is not known.</param>
/// <param name="Accuracy">The accuracy.</param>
public sealed record CurvePointReport(double Calls, double? Cost, double Accuracy);

/// <summary>The policy as it serves.</summary>
/// <param name="Point">Its point.</param>
/// <param name="Share">How far it is from the weak model's cost to the strong one's; without costs, its calls.</param>
/// <param name="EqualCost">Every way to trade at that share.</param>
public sealed record CurvePolicyReport(CurveModelReport Point, double Share, IReadOnlyList<EqualCostReport> EqualCost);

/// <summary>A way to trade at the policy's cost.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Accuracy">Its accuracy there.</param>
/// <param name="Difference">The policy's accuracy less that, paired.</param>
/// <param name="DifferenceCi95">Its interval.</param>
public sealed record EqualCostReport(string Name, double Accuracy, double Difference, IReadOnlyList<double>? DifferenceCi95);

/// <summary>How curves are made.</summary>
public sealed record CurveOptions
{
    /// <summary>What a cost is; null for none.</summary>
    public CostMetric? Metric { get; init; }

    /// <summary>How many times questions are drawn for the intervals.</summary>
    public int Draws { get; init; } = 1_000;

    /// <summary>Decides parts, clusters, the order of equal scores and the draws.</summary>
    public ulong Seed { get; init; }
}

/// <summary>How a curve report is written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(CurveReport))]
public sealed partial class CurveJson : JsonSerializerContext;
