using CascadeLocal.Calibration.Replay.Metrics;

namespace CascadeLocal.Calibration.Replay.Reports;

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
