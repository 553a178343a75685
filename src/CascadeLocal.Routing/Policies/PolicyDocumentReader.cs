using CascadeLocal.Contracts;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Routing.Policies;

/// <summary>Checks a parsed policy.json and turns it into a policy.</summary>
/// <param name="file">The file, for messages.</param>
/// <param name="document">What it holds.</param>
internal sealed class PolicyDocumentReader(string file, PolicyDocument document)
{
    /// <summary>Far above every time in ms, length and size there is.</summary>
    private const double Greatest = 1e12;

    private const int MostDimensions = 65_536;

    private const int MostClusterings = 64;

    private const int MostClusters = 4_096;

    private readonly PolicyFields _fields = new(file);

    /// <summary>Checks that there is something to read: tensors are measured by how many clusters and members there are.</summary>
    /// <exception cref="PolicyException">There is none of either.</exception>
    public void CheckCounts()
    {
        if (document.ClusterSizes.Count == 0)
            throw Wrong("cluster_sizes", "holds no cluster");
        if (document.Models.Count == 0)
            throw Wrong("models", "holds no model");
    }

    public int Clusters => document.ClusterSizes.Count;

    public int Dimensions => document.Embedder.Dimensions is > 0 and <= MostDimensions
        ? document.Embedder.Dimensions
        : throw Wrong("embedder.dimensions", $"is {document.Embedder.Dimensions}, but must be from 1 to {MostDimensions}");

    /// <summary>Whether it says which queries are novel.</summary>
    public bool HasNovelty => document.Novelty is not null;

    /// <summary>How many members there are.</summary>
    public int Members => document.Models.Count;

    /// <summary>What the forecast consists of; null where there is none.</summary>
    /// <exception cref="PolicyException">A number is wrong.</exception>
    public PolicyDocument.ForecastPart? Forecast()
    {
        if (document.Forecast is not { } forecast)
            return null;
        if (forecast.Clusters.Count is 0 or > MostClusterings)
            throw Wrong("forecast.clusters", $"has {forecast.Clusters.Count} clusterings, but must have from 1 to {MostClusterings}");
        foreach (int count in forecast.Clusters)
            _fields.Number("forecast.clusters", count, 1, MostClusters);
        return forecast;
    }

    /// <exception cref="PolicyException">A field is wrong.</exception>
    public Policy Read(Centroids centroids, float[]? noveltyDistances, QueryForecast? forecast)
    {
        string[] members = [.. document.Models.Keys];
        PoolStatistics statistics = Statistics();
        StageOneOptions options = Options(statistics);
        if (document.Embedder.Fingerprint.Length == 0)
            throw Wrong("embedder.fingerprint", "is empty");
        foreach (string cluster in document.Assignment.Keys)
            CheckCluster($"assignment.{cluster}", cluster);
        return new()
        {
            Embedder = new(document.Embedder.Name, document.Embedder.Fingerprint, document.Embedder.Dimensions),
            Members = [.. document.Models.Select(m => new PolicyMember(m.Key, m.Value.Fingerprint))],
            Centroids = centroids,
            Statistics = statistics,
            Options = options,
            Assignment = [.. statistics.Clusters.Select(c => _fields.Member(
                $"assignment.{c.Name}",
                document.Assignment.TryGetValue(c.Name, out string? name) ? name : throw Wrong($"assignment.{c.Name}", "is missing"),
                members))],
            DefaultMember = _fields.Member("default_member", document.DefaultMember, members),
            GradedBy = document.GradedBy,
            Kinds = document.Kinds?.ToDictionary(
                k => _fields.Term("kinds", k.Key, PolicyTerms.Of, Enum.GetValues<RequestKind>()),
                k => (int)_fields.Number($"kinds.{k.Key}", k.Value, 0, int.MaxValue)),
            Novelty = document.Novelty is { } novelty
                ? new(_fields.Number("novelty.alpha", novelty.Alpha, 0, NoveltyBoundary.MostAlpha), noveltyDistances)
                : null,
            Forecast = forecast is null ? null : new(forecast, document.Forecast!.Routing is { } routing ? RoutingOf(routing) : null),
        };
    }

    private ForecastRouting RoutingOf(PolicyDocument.ForecastRoutingPart part) => new(
        Number("forecast.routing.price", part.Price, double.MaxValue),
        part.Accuracy is { } accuracy ? Number("forecast.routing.accuracy", accuracy, 1) : null,
        part.Cost is { } cost ? Number("forecast.routing.cost", cost, Greatest) : null);

    private PoolStatistics Statistics()
    {
        ClusterStatistics[] clusters =
            [.. document.ClusterSizes.Select(c => new ClusterStatistics(c.Key, Number($"cluster_sizes.{c.Key}", c.Value, Greatest)))];
        if (clusters.All(c => c.Size == 0))
            throw Wrong("cluster_sizes", "holds no query: all sizes are 0");
        return new(clusters, [.. document.Models.Select(m => Model(m.Key, m.Value))], Number("error_tol", document.ErrorTol, 1));
    }

    private ModelStatistics Model(string name, PolicyDocument.ModelPart part)
    {
        string field = $"models.{name}";
        if (name.Length == 0)
            throw Wrong("models", "holds a model without a name");
        _fields.Present(field, part);
        IReadOnlyList<double?> errors = PerCluster($"{field}.errors", part.Errors, 1);
        if (document.ClusterSizes.Keys.FirstOrDefault(cluster => !part.Errors.ContainsKey(cluster)) is { } missing)
            throw Wrong($"{field}.errors.{missing}", "is missing");
        return new()
        {
            Name = name,
            Errors = [.. errors.Select(e => e!.Value)],
            Tpot = Cost(field, "tpot_ms", part.TpotMs, part.ClusterTpotMs),
            E2el = Cost(field, "e2el_ms", part.E2elMs, part.ClusterE2elMs),
            Price = Cost(field, "cost", part.Cost, part.ClusterCost),
            OutputTokens = PerCluster($"{field}.cluster_output_tokens", part.ClusterOutputTokens, Greatest),
        };
    }

    private MeasuredCost Cost(string field, string key, double? pool, OrderedDictionary<string, double>? clusters) => new(
        pool is { } figure ? Number($"{field}.{key}", figure, Greatest) : null,
        PerCluster($"{field}.cluster_{key}", clusters, Greatest));

    private IReadOnlyList<double?> PerCluster(string field, OrderedDictionary<string, double>? values, double most)
    {
        if (values is null)
            return [];
        foreach ((string cluster, double value) in values)
        {
            CheckCluster($"{field}.{cluster}", cluster);
            Number($"{field}.{cluster}", value, most);
        }

        return [.. document.ClusterSizes.Keys.Select(c => values.TryGetValue(c, out double value) ? value : (double?)null)];
    }

    private StageOneOptions Options(PoolStatistics statistics)
    {
        PolicyDocument.OptionsPart part = document.Options;
        StageOneOptions options = new()
        {
            Metric = _fields.Term("options.metric", part.Metric, PolicyTerms.Of, CostMetric.Tpot, CostMetric.E2el, CostMetric.Cost),
            CostBasis = _fields.Term("options.cost_by", part.CostBy, PolicyTerms.Of, CostBasis.Model, CostBasis.Cluster),
            Budget = part.BudgetMs ?? part.Budget,
        };
        (string own, string other, double? stray) = options.Metric == CostMetric.Cost
            ? ("options.budget", "options.budget_ms", part.BudgetMs)
            : ("options.budget_ms", "options.budget", part.Budget);
        if (stray is not null)
            throw Wrong(other, $"does not go with the metric {part.Metric}, whose budget is {own}");
        if (options.Budget is { } budget && !(Number(own, budget, double.MaxValue) > 0))
            throw Wrong(own, "must be above 0");
        try
        {
            _ = new CostTable(statistics, options.Metric, options.CostBasis);
        }
        catch (MissingCostException e)
        {
            throw new PolicyException(file, e.Field, e.Message, e);
        }

        return options;
    }

    private void CheckCluster(string field, string cluster)
    {
        if (!document.ClusterSizes.ContainsKey(cluster))
            throw Wrong(field, $"cluster_sizes has no cluster '{cluster}'");
    }

    private double Number(string field, double value, double most) => _fields.Number(field, value, 0, most);

    private PolicyException Wrong(string field, string problem) => _fields.Wrong(field, problem);
}
