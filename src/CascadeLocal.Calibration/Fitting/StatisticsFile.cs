using CascadeLocal.Calibration.Json;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Fitting;

/// <summary>The statistics of a pool as a file has them.</summary>
/// <param name="Pool">The statistics.</param>
/// <param name="Notices">What was left out of the file on purpose, one sentence each.</param>
public sealed record StatisticsFile(PoolStatistics Pool, IReadOnlyList<string> Notices)
{
    /// <summary>Reads a statistics file.</summary>
    /// <exception cref="DataFileException">The file cannot be used.</exception>
    public static StatisticsFile Read(string file)
    {
        StatisticsReader reader = new(Json.JsonFile.Read(file));
        return new(reader.Read(), reader.Notices);
    }
}

/// <summary>
/// Reads the statistics of a pool: cluster_sizes, models and, if it is there, error_tol. Keys it does not know are ignored.
/// A cost or a length that was not measured is left out of the file; null, and whatever else is no number, is an error.
/// </summary>
internal sealed class StatisticsReader(JsonField root)
{
    private static readonly string[] OutputTokenKeys = ["cluster_mean_output_tokens", "cluster_output_tokens"];

    /// <summary>Far above every time in ms, length and size there is, and products of two are no trouble.</summary>
    private const double Greatest = 1e12;

    private readonly List<string> _notices = [];
    private ClusterStatistics[] _clusters = [];

    public IReadOnlyList<string> Notices => _notices;

    /// <exception cref="DataFileException">A field is missing or wrong.</exception>
    public PoolStatistics Read()
    {
        _clusters = Clusters(root.Get("cluster_sizes"));
        JsonField models = root.Get("models");
        if (models.Members().Count == 0)
            throw models.Error("holds no model");
        double tolerance = root.Find("error_tol")?.Number(0, 1) ?? PoolStatistics.DefaultErrorTolerance;
        return new PoolStatistics(_clusters, [.. models.Members().Select(m => Model(m.Key, m.Value))], tolerance);
    }

    private static ClusterStatistics[] Clusters(JsonField sizes)
    {
        ClusterStatistics[] clusters = [.. sizes.Members().Select(m => new ClusterStatistics(m.Key, m.Value.Number(0, Greatest)))];
        if (clusters.Length == 0)
            throw sizes.Error("holds no cluster");
        if (clusters.All(c => c.Size == 0))
            throw sizes.Error("holds no query: all sizes are 0");
        return clusters;
    }

    private ModelStatistics Model(string name, JsonField model)
    {
        JsonField errors = model.Get("errors");
        double?[] rates = PerCluster(errors, 0, 1);
        int missing = Array.IndexOf(rates, null);
        if (missing >= 0)
            throw errors.Missing(_clusters[missing].Name, $"is missing: {name} needs an error rate in every cluster");
        return new ModelStatistics
        {
            Name = name,
            Errors = [.. rates.Select(r => r!.Value)],
            Tpot = Cost(model, "tpot_ms"),
            E2el = Cost(model, "e2el_ms"),
            Price = Cost(model, "cost"),
            OutputTokens = OutputTokens(model),
        };
    }

    private MeasuredCost Cost(JsonField model, string key) => new(
        model.Find(key)?.Number(0, Greatest),
        model.Find($"cluster_{key}") is { } clusters ? PerCluster(clusters, 0, Greatest) : []);

    private double?[] OutputTokens(JsonField model)
    {
        JsonField[] given = [.. OutputTokenKeys.Select(model.Find).OfType<JsonField>()];
        if (given.Length > 1)
            throw given[1].Error($"and {OutputTokenKeys[0]} are two names of one thing; give one of them");
        return given.Length == 0 ? [] : PerCluster(given[0], 0, Greatest);
    }

    private double?[] PerCluster(JsonField field, double least, double most)
    {
        double?[] values = new double?[_clusters.Length];
        foreach ((string cluster, JsonField value) in field.Members())
        {
            int index = Array.FindIndex(_clusters, c => c.Name == cluster);
            if (index >= 0)
                values[index] = value.Number(least, most);
            else
                _notices.Add(value.Error($"is ignored: cluster_sizes has no cluster '{cluster}'").Message);
        }

        return values;
    }
}
