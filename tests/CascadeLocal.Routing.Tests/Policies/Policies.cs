using CascadeLocal.Contracts;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

using CsCheck;

namespace CascadeLocal.Routing.Tests.Policies;

/// <summary>Policies for tests.</summary>
internal static class Policies
{
    /// <summary>Policies of all shapes: costs that were not measured, empty clusters, one model, one cluster.</summary>
    public static Gen<Policy> Any { get; } =
        from statistics in Pool.Any
        from dimensions in Gen.Int[1, 5]
        from values in Gen.Float[-1, 1].Array[statistics.Clusters.Count * dimensions]
        from assignment in Gen.Int[0, statistics.Models.Count - 1].Array[statistics.Clusters.Count]
        from fallback in Gen.Int[0, statistics.Models.Count - 1]
        from fingerprints in Gen.OneOf(Gen.Const((string?)null), Gen.Const((string?)"c0ffee")).Array[statistics.Models.Count]
        from budget in Gen.OneOf(Gen.Const((double?)null), Gen.Double[0.001, 1e6].Select(b => (double?)b))
        from gradedBy in Gen.OneOf(Gen.Const((string?)null), Gen.Const((string?)"agreement"))
        from kinds in Gen.OneOf(Gen.Const((int[]?)null), Gen.Int[0, 1000].Array[3].Select(k => (int[]?)k))
        from alpha in Gen.Double[0, NoveltyBoundary.MostAlpha]
        from distances in Gen.Float[0, 2].Array[0, 20]
        from forecast in Forecasts(statistics.Models.Count, dimensions)
        select new Policy
        {
            Embedder = new("tiny", "0123", dimensions),
            Members = [.. statistics.Models.Select((m, i) => new PolicyMember(m.Name, fingerprints[i]))],
            Centroids = new(new PointSet(values, dimensions)),
            Statistics = statistics,
            Options = new() { Budget = budget },
            Assignment = assignment,
            DefaultMember = fallback,
            GradedBy = gradedBy,
            Kinds = kinds?.Index().ToDictionary(k => (RequestKind)k.Index, k => k.Item),
            Novelty = distances.Length == 0 ? null : new(alpha, distances),
            Forecast = forecast,
        };

    /// <summary>That of <see cref="Small"/>, told from novel queries by four that were held out.</summary>
    public static Policy Bounded => Small with { Novelty = new(0.25, [0.5f, 0.125f, 0.25f, 0.375f]) };

    /// <summary>That of <see cref="Small"/>, with a forecast of three clusters and a line that routes.</summary>
    public static Policy Forecasting => Small with
    {
        Forecast = new(
            new([new(new(new PointSet([1, 0, 0, 1, 0, 0], 2)), [0.25f, 0.5f, 0.75f, 0, 1, 0.125f])], new([0.5f, 0, 0.25f, 0, -1, 1], 2)),
            new(0.0625, 0.75, 5)),
    };

    /// <summary>Two clusters, two models.</summary>
    public static Policy Small { get; } = new()
    {
        Embedder = new("tiny", "0123", 2),
        Members = [new("A", "aa"), new("B", null)],
        Centroids = new(new PointSet([1, 0, 0, 1], 2)),
        Statistics = new(
            [new("0", 10), new("1", 20)],
            [
                new() { Name = "A", Errors = [0.1, 0.5], Tpot = new(null, [4, 6]), E2el = new(80, []), OutputTokens = [20, 30] },
                new() { Name = "B", Errors = [0.2, 0.25], Tpot = new(7.5, [null, 7]) },
            ]),
        Options = new() { Metric = CostMetric.Tpot, Budget = 20 },
        Assignment = [0, 1],
        DefaultMember = 1,
    };

    private static Gen<ForecastRule?> Forecasts(int models, int dimensions) => Gen.Select(
        Clustering(models, dimensions).Array[0, 3],
        Gen.OneOf(Gen.Const((LinearForecast?)null), Gen.Float[-1, 1].Array[models * (dimensions + 1)].Select(w => (LinearForecast?)new(w, dimensions))),
        Gen.Double[0, 1e6],
        Gen.OneOf(Gen.Const((double?)null), Gen.Double[0, 1].Select(a => (double?)a)),
        Gen.Bool,
        (clusterings, line, price, accuracy, routes) =>
            clusterings.Length == 0 ? null : new ForecastRule(new(clusterings, line), routes ? new(price, accuracy, accuracy * 7) : null));

    private static Gen<ForecastClustering> Clustering(int models, int dimensions) =>
        from clusters in Gen.Int[1, 4]
        from values in Gen.Float[-1, 1].Array[clusters * dimensions]
        from expected in Gen.Float[0, 1].Array[clusters * models]
        select new ForecastClustering(new(new PointSet(values, dimensions)), expected);
}
