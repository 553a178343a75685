using CascadeLocal.Calibration.Curves;

namespace CascadeLocal.Calibration.Replay;

/// <summary>What <c>cascade replay</c> found on a published data set.</summary>
public sealed record ReplayReport
{
    /// <summary>The data set.</summary>
    public required string Dataset { get; init; }

    /// <summary>The score that the figures are of.</summary>
    public required string Score { get; init; }

    /// <summary>Accuracy of the weak model alone on the test questions; of the weakest where there are many.</summary>
    public required double Weak { get; init; }

    /// <summary>Accuracy of the strong model alone; of the best on the training questions where there are many.</summary>
    public required double Strong { get; init; }

    /// <summary>Average performance gap recovered, or null where more than two models are routed among.</summary>
    public double? Apgr { get; init; }

    /// <summary>Strong share at which half of the gap is closed, 0 to 1.</summary>
    public double? Cpt50 { get; init; }

    /// <summary>Strong share at which 80 % of it is closed.</summary>
    public double? Cpt80 { get; init; }

    /// <summary>How many times questions were split anew.</summary>
    public required int Seeds { get; init; }

    /// <summary>Questions whose labels a fit sees.</summary>
    public required int NTrain { get; init; }

    /// <summary>Questions judged for each seed, the mean where seeds differ.</summary>
    public required int NTest { get; init; }

    /// <summary>Strong share and accuracy at each of the eleven edges, means over the seeds.</summary>
    public IReadOnlyList<double[]> Curve { get; init; } = [];

    /// <summary>Mean time of one fit, vectors and features given, in ms.</summary>
    public required double FitMs { get; init; }

    /// <summary>This score and those beside it.</summary>
    public IReadOnlyList<ScoreReport> Scores { get; init; } = [];

    /// <summary>This score counted in cost, where it needs the weak model's answer.</summary>
    public IReadOnlyList<CostReport> CostAxis { get; init; } = [];

    /// <summary>Routing among many models, or null for two.</summary>
    public PoolReport? Pool { get; init; }

    /// <summary>A report of scores on two models; its figures are those of the first score.</summary>
    internal static ReplayReport Of(
        string dataset, IReadOnlyList<ScoreReport> scores, IReadOnlyList<RoutingCurve> curves, int train, double fitMs) => new()
        {
            Dataset = dataset,
            Score = scores[0].Score,
            Weak = scores[0].Weak,
            Strong = scores[0].Strong,
            Apgr = scores[0].Apgr,
            Cpt50 = scores[0].Cpt50,
            Cpt80 = scores[0].Cpt80,
            Seeds = curves.Count,
            NTrain = train,
            NTest = scores[0].N,
            Curve = [.. Enumerable.Range(0, curves[0].Points.Count).Select(edge => new[]
        {
            curves.Average(curve => curve.Points[edge].StrongShare),
            curves.Average(curve => curve.Points[edge].Accuracy),
        })],
            FitMs = fitMs,
            Scores = scores,
        };
}

/// <summary>How well a score decides which of two models answers; means over the seeds.</summary>
/// <param name="Score">Its name.</param>
/// <param name="N">Questions it was judged on for each seed, the mean where seeds differ.</param>
/// <param name="Weak">Accuracy of the weak model alone on them.</param>
/// <param name="Strong">Accuracy of the strong model alone.</param>
/// <param name="Apgr">Average performance gap recovered.</param>
/// <param name="ApgrDeviation">Its standard deviation over the seeds.</param>
/// <param name="Cpt50">Strong share at which half of the gap is closed, 0 to 1.</param>
/// <param name="Cpt80">Strong share at which 80 % of it is closed, 0 to 1.</param>
public sealed record ScoreReport(
    string Score, int N, double Weak, double Strong, double Apgr, double ApgrDeviation, double Cpt50, double Cpt80)
{
    /// <summary>The 95 % interval of APGR, by drawing questions again.</summary>
    public IReadOnlyList<double>? ApgrCi95 { get; init; }

    /// <summary>That of the share at which half of the gap is closed.</summary>
    public IReadOnlyList<double>? Cpt50Ci95 { get; init; }

    /// <summary>That of the share at which 80 % of it is closed.</summary>
    public IReadOnlyList<double>? Cpt80Ci95 { get; init; }

    internal static ScoreReport Of(string score, SeedCurves seeds)
    {
        IReadOnlyList<RoutingCurve> curves = seeds.Curves;
        RoutingMetrics[] metrics = [.. curves.Select(RoutingMetrics.OfCalls)];
        double apgr = metrics.Average(m => m.Apgr);
        IReadOnlyList<double>?[] intervals = seeds.Ci95(
            curve => RoutingMetrics.OfCalls(curve).Apgr, curve => RoutingMetrics.OfCalls(curve).Cpt50, curve => RoutingMetrics.OfCalls(curve).Cpt80);
        return new(
            score,
            seeds.Count,
            curves.Average(curve => curve.Weak),
            curves.Average(curve => curve.Strong),
            apgr,
            Math.Sqrt(metrics.Average(m => (m.Apgr - apgr) * (m.Apgr - apgr))),
            metrics.Average(m => m.Cpt50),
            metrics.Average(m => m.Cpt80))
        {
            ApgrCi95 = intervals[0],
            Cpt50Ci95 = intervals[1],
            Cpt80Ci95 = intervals[2],
        };
    }
}

/// <summary>
/// A cascade counted in cost instead of calls, as the strong share at which a router would pay as much; means over the seeds.
/// </summary>
/// <param name="Ratio">r: cost of the weak model over that of the strong.</param>
/// <param name="Apgr">Average performance gap recovered up to the cost of the strong model alone.</param>
/// <param name="Cpt50">Where half of the gap is closed; above 1 the strong model alone is cheaper.</param>
/// <param name="Cpt80">Where 80 % of it is closed.</param>
public sealed record CostReport(double Ratio, double Apgr, double Cpt50, double Cpt80)
{
    internal static CostReport Of(double ratio, IReadOnlyList<RoutingCurve> curves)
    {
        RoutingMetrics[] metrics = [.. curves.Select(curve => RoutingMetrics.OfCost(curve, ratio))];
        return new(ratio, metrics.Average(m => m.Apgr), metrics.Average(m => m.Cpt50), metrics.Average(m => m.Cpt80));
    }
}

/// <summary>What routing among many models gives; accuracies over the test questions.</summary>
/// <param name="Accuracy">Of the routing, mean over the seeds.</param>
/// <param name="AccuracyDeviation">Its standard deviation over the seeds.</param>
/// <param name="BestSingle">The model that is best on the training questions.</param>
/// <param name="Oracle">Of the best model for each question.</param>
/// <param name="Removed">Test questions left out because they are among the training questions.</param>
/// <param name="Models">Of each model alone.</param>
public sealed record PoolReport(
    double Accuracy, double AccuracyDeviation, string BestSingle, double Oracle, int Removed, IReadOnlyDictionary<string, double> Models)
{
    /// <summary>The 95 % interval of the routing's accuracy, by drawing questions again.</summary>
    public IReadOnlyList<double>? AccuracyCi95 { get; init; }

    /// <summary>That of its lead over the best single model.</summary>
    public IReadOnlyList<double>? LeadCi95 { get; init; }
}
