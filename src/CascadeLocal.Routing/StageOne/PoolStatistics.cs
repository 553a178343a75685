namespace CascadeLocal.Routing.StageOne;

/// <summary>The clusters of the training queries and what was measured of every model on them.</summary>
public sealed class PoolStatistics
{
    /// <summary>Two error rates closer than this are taken for equal, unless a pool says otherwise.</summary>
    public const double DefaultErrorTolerance = 0.001;

    /// <summary>Keeps a gap that equals the tolerance within it: 0.231 - 0.230 is a little above 0.001.</summary>
    private const double Rounding = 1e-9;

    /// <param name="clusters">At least one, with queries in one of them.</param>
    /// <param name="models">At least one, each with an error rate per cluster.</param>
    /// <param name="errorTolerance">Two error rates closer than this are taken for equal.</param>
    /// <exception cref="ArgumentException">The parts do not fit together.</exception>
    public PoolStatistics(
        IReadOnlyList<ClusterStatistics> clusters,
        IReadOnlyList<ModelStatistics> models,
        double errorTolerance = DefaultErrorTolerance)
    {
        Queries = clusters.Sum(c => c.Size);
        if (!(Queries > 0) || !double.IsFinite(Queries) || clusters.Any(c => !(c.Size >= 0)))
            throw new ArgumentException("Sizes are at least 0, and one is above.", nameof(clusters));
        if (models.Count == 0 || models.Any(m => m.Errors.Count != clusters.Count || m.Errors.Any(e => e is not (>= 0 and <= 1))))
            throw new ArgumentException("Every model has an error rate of 0..1 in every cluster.", nameof(models));
        if (clusters.DistinctBy(c => c.Name).Count() != clusters.Count || models.DistinctBy(m => m.Name).Count() != models.Count)
            throw new ArgumentException("Names are unique.", nameof(models));
        Clusters = clusters;
        Models = models;
        ErrorTolerance = errorTolerance;
    }

    /// <summary>The clusters, in file order.</summary>
    public IReadOnlyList<ClusterStatistics> Clusters { get; }

    /// <summary>The models, in file order.</summary>
    public IReadOnlyList<ModelStatistics> Models { get; }

    /// <summary>The queries of all clusters.</summary>
    public double Queries { get; }

    /// <summary>Two error rates closer than this are taken for equal.</summary>
    public double ErrorTolerance { get; }

    /// <summary>The tolerance with room for rounding, as comparisons use it.</summary>
    internal double ErrorSlack => ErrorTolerance + Rounding;

    /// <summary>The share of the queries that is in a cluster.</summary>
    public double Weight(int cluster) => Clusters[cluster].Size / Queries;

    /// <summary>The accuracy of one model on all queries.</summary>
    public double Accuracy(int model) => 1 - Enumerable.Range(0, Clusters.Count).Sum(c => Weight(c) * Models[model].Errors[c]);
}

/// <summary>One cluster of the training queries.</summary>
/// <param name="Name">Its name, unique in the pool.</param>
/// <param name="Size">Its number of queries; zero is allowed.</param>
public sealed record ClusterStatistics(string Name, double Size);

/// <summary>What was measured of one model. Lists have one element per cluster, in the pool's order.</summary>
public sealed record ModelStatistics
{
    /// <summary>Its name, unique in the pool.</summary>
    public required string Name { get; init; }

    /// <summary>Error rates, 0..1.</summary>
    public required IReadOnlyList<double> Errors { get; init; }

    /// <summary>Times per output token, the pool's and the clusters', in ms.</summary>
    public MeasuredCost Tpot { get; init; } = MeasuredCost.None;

    /// <summary>End-to-end latencies, the pool's and the clusters', in ms.</summary>
    public MeasuredCost E2el { get; init; } = MeasuredCost.None;

    /// <summary>Mean costs of an answer, the pool's and the clusters', in the unit of the labels.</summary>
    public MeasuredCost Price { get; init; } = MeasuredCost.None;

    /// <summary>The mean lengths of answers in tokens; null or beyond the end where they were not measured.</summary>
    public IReadOnlyList<double?> OutputTokens { get; init; } = [];

    /// <summary>The costs under one metric.</summary>
    public MeasuredCost Cost(CostMetric metric) => metric switch
    {
        CostMetric.Tpot => Tpot,
        CostMetric.E2el => E2el,
        _ => Price,
    };
}
