namespace CascadeLocal.Routing.StageOne;

/// <summary>The costs of a pool under one metric; all models of the pool have one.</summary>
internal sealed class CostTable
{
    private readonly double[] _pool;
    private readonly double[,] _cells;

    /// <exception cref="MissingCostException">A model has no cost, or with costs per cluster a cell has none.</exception>
    public CostTable(PoolStatistics statistics, CostMetric metric, CostBasis basis)
    {
        Basis = basis;
        int models = statistics.Models.Count;
        int clusters = statistics.Clusters.Count;
        string unit = metric.Field();
        _pool = new double[models];
        _cells = new double[models, clusters];
        for (int m = 0; m < models; m++)
        {
            ModelStatistics model = statistics.Models[m];
            MeasuredCost cost = model.Cost(metric);
            _pool[m] = cost.PoolFigure(statistics.Clusters) ?? throw new MissingCostException(
                $"models.{model.Name}", $"{model.Name} has no cost: neither {unit} nor cluster_{unit} is given");
            for (int c = 0; c < clusters; c++)
            {
                if (cost.InCluster(c) is null && basis == CostBasis.Cluster)
                {
                    string cluster = statistics.Clusters[c].Name;
                    throw new MissingCostException(
                        $"models.{model.Name}.cluster_{unit}.{cluster}",
                        $"{model.Name} was not measured in cluster {cluster}; costs by cluster need every pair, costs by model do not");
                }

                _cells[m, c] = cost.InCluster(c) ?? _pool[m];
            }
        }
    }

    public CostBasis Basis { get; }

    /// <summary>The pool figure of a model.</summary>
    public double Pool(int model) => _pool[model];

    /// <summary>What a query of the cluster costs: as measured there, else the pool figure.</summary>
    public double Cell(int model, int cluster) => _cells[model, cluster];

    /// <summary>What the score and the pruning take for the cost.</summary>
    public double Price(int model, int cluster) => Basis == CostBasis.Model ? _pool[model] : _cells[model, cluster];

    /// <summary>The prices of some models from 0, the least of all, to 1, the greatest; 0 for all where they are equal.</summary>
    public double[,] Normalize(IReadOnlyList<int> models)
    {
        int clusters = _cells.GetLength(1);
        double[] prices = [.. models.SelectMany(m => Enumerable.Range(0, clusters).Select(c => Price(m, c)))];
        double least = prices.Min();
        double range = prices.Max() - least;
        double[,] normalized = new double[_pool.Length, clusters];
        foreach (int m in models)
        {
            for (int c = 0; c < clusters; c++)
                normalized[m, c] = range > 0 ? (Price(m, c) - least) / range : 0;
        }

        return normalized;
    }
}

/// <summary>A cost that the request needs was not measured.</summary>
/// <param name="field">Where it would be in the statistics, such as <c>models.A.cluster_tpot_ms.3</c>.</param>
/// <param name="message">What is missing, for the user.</param>
public sealed class MissingCostException(string field, string message) : Exception(message)
{
    /// <summary>Where it would be in the statistics.</summary>
    public string Field { get; } = field;
}
