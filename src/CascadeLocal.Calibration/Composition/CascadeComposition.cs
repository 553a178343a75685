using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Composition;

/// <summary>What a cascade gives and costs, composed of the means of its clusters, beside the strongest model alone.</summary>
public sealed class CascadeComposition
{
    private readonly PoolStatistics _pool;

    /// <exception cref="MissingCostException">A time or a length that the composition needs is not in the statistics.</exception>
    public CascadeComposition(CascadeFile cascade)
    {
        _pool = cascade.Pool;
        System = Compose(cascade);
        Strongest = Enumerable.Range(0, _pool.Models.Count)
            .OrderByDescending(_pool.Accuracy)
            .ThenBy(m => _pool.Models[m].Tpot.PoolFigure(_pool.Clusters) ?? _pool.Models[m].E2el.PoolFigure(_pool.Clusters))
            .ThenBy(m => _pool.Models[m].Name, StringComparer.Ordinal)
            .First();
        int[] clusters = [.. Enumerable.Range(0, _pool.Clusters.Count)];
        StrongestAlone = Compose(cascade with
        {
            Models = [.. clusters.Select(_ => Strongest)],
            Escalations = [.. clusters.Select(_ => (Escalation?)null)],
            Accuracies = [.. clusters.Select(_ => (double?)null)],
        });
    }

    /// <summary>The figures of the cascade.</summary>
    public SystemFigures System { get; }

    /// <summary>The index of the most accurate model: of equal ones the cheaper, then by name.</summary>
    public int Strongest { get; }

    /// <summary>The figures of the strongest model on all queries.</summary>
    public SystemFigures StrongestAlone { get; }

    /// <summary>The share of the strongest's accuracy that is kept.</summary>
    public double? Retained => Ratio(System.Accuracy, StrongestAlone.Accuracy);

    /// <summary>The share of the strongest's TPOT that is saved; negative where the cascade is slower.</summary>
    public double? TpotSaving => 1 - Ratio(System.TpotMs, StrongestAlone.TpotMs);

    /// <summary>The share of the strongest's latency that is saved.</summary>
    public double? E2elSaving => 1 - Ratio(System.E2elMs, StrongestAlone.E2elMs);

    private static double? Ratio(double? part, double? whole) => whole > 0 ? part / whole : null;

    private SystemFigures Compose(CascadeFile cascade)
    {
        double accuracy = 0;
        double? tpot = HasAny(CostMetric.Tpot) ? 0 : null;
        double? e2el = HasAny(CostMetric.E2el) ? 0 : null;
        for (int c = 0; c < _pool.Clusters.Count; c++)
        {
            double size = _pool.Clusters[c].Size;
            // An empty cluster counts for nothing, so nothing need be known of it.
            if (size == 0)
                continue;
            int first = cascade.Models[c];
            accuracy += size * (cascade.Accuracies[c] ?? 1 - _pool.Models[first].Errors[c]);
            int[] direct = [first];
            double escalated = cascade.Escalations[c]?.Count ?? 0;
            tpot += (size - escalated) * Tpot(direct, c);
            e2el += (size - escalated) * E2el(direct, c);
            if (escalated > 0)
            {
                int[] both = [first, cascade.Escalations[c]!.Target];
                tpot += escalated * Tpot(both, c);
                e2el += escalated * E2el(both, c);
            }
        }

        return new(accuracy / _pool.Queries, tpot / _pool.Queries, e2el / _pool.Queries);
    }

    private bool HasAny(CostMetric metric) => _pool.Models.Any(m => m.Cost(metric).PoolFigure(_pool.Clusters) is not null);

    private double? E2el(int[] models, int cluster) => HasAny(CostMetric.E2el)
        ? RequestAccounting.Latency([.. models.Select(m => new AnswerPass(0, Cost(m, cluster, CostMetric.E2el), 0))])
        : null;

    // Of a single pass the length does not matter. Means of lengths are taken as they are, not less one.
    private double? Tpot(int[] models, int cluster) => HasAny(CostMetric.Tpot)
        ? RequestAccounting.TimePerOutputToken([.. models.Select(m =>
            new AnswerPass(Cost(m, cluster, CostMetric.Tpot), 0, models.Length == 1 ? 1 : OutputTokens(m, cluster)))])
        : null;

    private double Cost(int model, int cluster, CostMetric metric)
    {
        MeasuredCost cost = _pool.Models[model].Cost(metric);
        return cost.InCluster(cluster) ?? cost.PoolFigure(_pool.Clusters)
            ?? throw Missing(model, cluster, metric == CostMetric.Tpot ? "cluster_tpot_ms" : "cluster_e2el_ms", "time");
    }

    private double OutputTokens(int model, int cluster)
    {
        IReadOnlyList<double?> lengths = _pool.Models[model].OutputTokens;
        return cluster < lengths.Count && lengths[cluster] is > 0 and { } length
            ? length
            : throw Missing(model, cluster, "cluster_output_tokens", "mean length above 0");
    }

    private MissingCostException Missing(int model, int cluster, string key, string what)
    {
        string name = _pool.Models[model].Name;
        string inCluster = _pool.Clusters[cluster].Name;
        return new($"models.{name}.{key}.{inCluster}", $"is missing: the cascade needs a {what} of {name} in cluster {inCluster}");
    }
}

/// <summary>Means over the queries of all clusters; a time is null where nothing was measured of it.</summary>
/// <param name="Accuracy">Accuracy, 0..1.</param>
/// <param name="TpotMs">Time per output token, in ms.</param>
/// <param name="E2elMs">End-to-end latency, in ms.</param>
public sealed record SystemFigures(double Accuracy, double? TpotMs, double? E2elMs);
