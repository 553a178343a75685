using System.Diagnostics.CodeAnalysis;

using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Calibration.Reports;

/// <summary>What <c>cascade fit --labels</c> found, beside what every fit has.</summary>
public record LabelFitReport : FitReport
{
    [SetsRequiredMembers]
    private protected LabelFitReport(LabelFit fit, string embedder, string? gradedBy, IReadOnlyDictionary<RequestKind, int> kinds) : base(FitReport.Of(fit.Fit, fit.Evidence))
    {
        Embedder = embedder;
        GradedBy = gradedBy;
        Questions = fit.Table.Questions.Count;
        Kinds = [.. kinds.OrderBy(k => k.Key).Select(k => new KindReport(PolicyTerms.Of(k.Key), k.Value, Policy.Knows(kinds, k.Key)))];
        K = fit.Clusters.Sizes.Count;
        KRouting = fit.Options.Rule == ClusterRule.Given ? null : fit.HeldOut?.Chosen.Clusters;
        KSilhouette = fit.Silhouette.Chosen.Clusters;
        Silhouette = ClusterReport.Silhouettes(fit.Silhouette);
        ClusterSizes = fit.Fit.Statistics.Clusters.ToDictionary(cluster => cluster.Name, cluster => cluster.Size);
        Shrinkage = fit.Shrinkage;
        ShadowPrice = fit.HeldOut?.ShadowPrice;
        Novelty = fit.Novelty is { } novelty ? new(novelty.Alpha, novelty.Distances.Length, novelty.Radius) : null;
        Candidates = fit.HeldOut is { } heldOut
            ? [.. heldOut.Candidates.Select(c => c.Clusters).Distinct().Select(k => CandidateReport.Of(heldOut.Best(k)))]
            : [];
        ByQuery = fit.HeldOut?.ByQuery is { } trial ? ForecastReport.Of(trial) : null;
        Expected = fit.Expected is { } expected ? ExpectedReport.Of(expected) : null;
        Compared = [.. fit.Table.Models.Zip(fit.Alone, OutcomeReport.Of), OutcomeReport.Of("oracle", fit.Oracle)];
    }

    /// <summary>The embedder's name.</summary>
    public required string Embedder { get; init; }

    /// <summary>How right was told from wrong, where that was not by known answers: agreement; else null.</summary>
    public required string? GradedBy { get; init; }

    /// <summary>How many questions it was fitted to.</summary>
    public required int Questions { get; init; }

    /// <summary>What the questions ask for: those for certifying, else those for fitting.</summary>
    public required IReadOnlyList<KindReport> Kinds { get; init; }

    /// <summary>The number of clusters.</summary>
    public required int K { get; init; }

    /// <summary>The number that held-out questions choose, or null where it was not looked for.</summary>
    public required int? KRouting { get; init; }

    /// <summary>The number that the silhouette chooses.</summary>
    public required int KSilhouette { get; init; }

    /// <summary>The mean silhouette of each number of clusters; null where it is not defined.</summary>
    public required IReadOnlyDictionary<string, double?> Silhouette { get; init; }

    /// <summary>The size of every cluster.</summary>
    public required IReadOnlyDictionary<string, double> ClusterSizes { get; init; }

    /// <summary>How many questions of the pool's error rate were added to every cluster.</summary>
    public required double Shrinkage { get; init; }

    /// <summary>Accuracy per ms at the budget, or null where nothing could be held out.</summary>
    public required double? ShadowPrice { get; init; }

    /// <summary>Which queries are novel; null where none is ever said to be.</summary>
    public required NoveltyReport? Novelty { get; init; }

    /// <summary>The numbers of clusters that were tried.</summary>
    public required IReadOnlyList<CandidateReport> Candidates { get; init; }

    /// <summary>Every query routed by its own forecast, on held-out questions; null where that was not tried.</summary>
    public required ForecastReport? ByQuery { get; init; }

    /// <summary>On held-out questions, or null where nothing could be held out.</summary>
    public required ExpectedReport? Expected { get; init; }

    /// <summary>Each model alone on all questions, and the best answer to every question.</summary>
    public required IReadOnlyList<OutcomeReport> Compared { get; init; }

    /// <summary>The report of a fit.</summary>
    public static LabelFitReport Of(LabelFit fit, string embedder, string? gradedBy = null)
    {
        ArgumentNullException.ThrowIfNull(fit);
        return new(fit, embedder, gradedBy, fit.Table.Kinds);
    }
}

/// <summary>Questions of one kind.</summary>
/// <param name="Kind">plain, tools or schema.</param>
/// <param name="Questions">How many there are.</param>
/// <param name="Known">Whether they are enough to say something of that kind; else nothing is promised of it.</param>
public sealed record KindReport(string Kind, int Questions, bool Known);

/// <summary>Which queries are novel: those that are farther from the middles of all clusters than hardly any held-out question.</summary>
/// <param name="Alpha">The share of queries of the fitted kind that may be found novel.</param>
/// <param name="Questions">How many questions were held out and measured.</param>
/// <param name="Radius">The distance above which a query is novel; null where there are too few questions to say so of any.</param>
public sealed record NoveltyReport(double Alpha, int Questions, double? Radius);

/// <summary>A number of clusters that was tried on held-out questions, with the shrinkage that served it best.</summary>
/// <param name="K">The number of clusters.</param>
/// <param name="Shrinkage">How many questions of the pool's error rate were added to every cluster.</param>
/// <param name="Value">Accuracy less the cost at the shadow price.</param>
/// <param name="Behind">By how much that is less than the best.</param>
/// <param name="StandardError">Of that difference, question by question.</param>
/// <param name="Accuracy">The accuracy on held-out questions.</param>
/// <param name="TpotMs">The mean time per output token, or null.</param>
/// <param name="E2elMs">The mean latency, or null.</param>
public sealed record CandidateReport(
    int K, double Shrinkage, double Value, double Behind, double StandardError, double Accuracy, double? TpotMs, double? E2elMs)
{
    /// <summary>The mean cost of a request, in the unit of the labels; null where it is not known.</summary>
    public double? Cost { get; init; }

    internal static CandidateReport Of(Candidate candidate) => new(
        candidate.Clusters,
        candidate.Shrinkage,
        candidate.Value,
        candidate.Behind,
        candidate.StandardError,
        candidate.Expected.Accuracy,
        candidate.Expected.TpotMs,
        candidate.Expected.E2elMs)
    {
        Cost = candidate.Expected.Cost,
    };
}

/// <summary>Every query routed by its own forecast, on held-out questions, beside the chosen clusters.</summary>
/// <param name="Taken">Whether the policy routes so: where it is worth more by more than one standard error.</param>
/// <param name="Price">The share of right answers that a unit of the metric has to buy.</param>
/// <param name="Gain">By how much more it is worth than the clusters.</param>
/// <param name="StandardError">Of that difference, question by question.</param>
/// <param name="Accuracy">The accuracy on held-out questions.</param>
/// <param name="TpotMs">The mean time per output token, or null.</param>
/// <param name="E2elMs">The mean latency, or null.</param>
/// <param name="Cost">The mean cost of a request, in the unit of the labels; null where it is not known.</param>
public sealed record ForecastReport(
    bool Taken, double Price, double Gain, double StandardError, double Accuracy, double? TpotMs, double? E2elMs, double? Cost)
{
    internal static ForecastReport Of(ForecastTrial trial) => new(
        trial.IsTaken,
        trial.Price,
        trial.Gain,
        trial.StandardError,
        trial.Expected.Accuracy,
        trial.Expected.TpotMs,
        trial.Expected.E2elMs,
        trial.Expected.Cost);
}

/// <summary>What a way to answer gives.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Accuracy">The mean of how right the answers are.</param>
/// <param name="TpotMs">The mean time per output token, or null where it was not measured.</param>
/// <param name="E2elMs">The mean latency, or null.</param>
public sealed record OutcomeReport(string Name, double Accuracy, double? TpotMs, double? E2elMs)
{
    /// <summary>The mean cost of a request, in the unit of the labels; null where it is not known.</summary>
    public double? Cost { get; init; }

    internal static OutcomeReport Of(string name, RoutingOutcome outcome) => new(name, outcome.Accuracy, outcome.TpotMs, outcome.E2elMs)
    {
        Cost = outcome.Cost,
    };
}

/// <summary>What the policy is expected to give on questions it was not fitted to.</summary>
/// <param name="Accuracy">The mean of how right the answers are.</param>
/// <param name="TpotMs">The mean time per output token, or null where it was not measured.</param>
/// <param name="E2elMs">The mean latency, or null.</param>
/// <param name="EscalationRate">The share of the requests that are answered again by a stronger model.</param>
public sealed record ExpectedReport(double Accuracy, double? TpotMs, double? E2elMs, double EscalationRate)
{
    /// <summary>The mean cost of a request, in the unit of the labels; null where it is not known.</summary>
    public double? Cost { get; init; }

    internal static ExpectedReport Of(RoutingOutcome outcome) => new(outcome.Accuracy, outcome.TpotMs, outcome.E2elMs, 0)
    {
        Cost = outcome.Cost,
    };
}
