using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Composition;

/// <summary>A cascade as it was measured: statistics, a plan, and what each cluster escalated. Lists are per cluster.</summary>
/// <param name="Pool">The statistics.</param>
/// <param name="Models">The index of the model that answers first.</param>
/// <param name="Escalations">What is escalated, or null.</param>
/// <param name="Accuracies">The measured accuracy of the cluster's delivered answers, or null where its model's own is meant.</param>
/// <param name="Notices">What was left out of the file on purpose, one sentence each.</param>
public sealed record CascadeFile(
    PoolStatistics Pool,
    IReadOnlyList<int> Models,
    IReadOnlyList<Escalation?> Escalations,
    IReadOnlyList<double?> Accuracies,
    IReadOnlyList<string> Notices)
{
    /// <summary>Reads a cascade file.</summary>
    /// <exception cref="DataFileException">The file cannot be used.</exception>
    public static CascadeFile Read(string file) => Read(JsonFile.Read(file));

    internal static CascadeFile Read(JsonField root)
    {
        StatisticsReader statistics = new(root);
        PoolStatistics pool = statistics.Read();
        JsonField assignment = root.Get("assignment");
        int?[] models = PerCluster(pool, assignment, (_, model) => (int?)Model(pool, model));
        int unassigned = Array.IndexOf(models, null);
        if (unassigned >= 0)
            throw assignment.Missing(pool.Clusters[unassigned].Name);

        JsonField? escalations = root.Find("escalations");
        Escalation?[] escalated = PerCluster(pool, escalations, (c, value) => Escalated(pool, c, models[c]!.Value, value));
        double?[] accuracies = PerCluster(pool, root.Find("cascade_accuracy"), (_, value) => (double?)value.Number(0, 1));
        for (int c = 0; c < escalated.Length; c++)
        {
            if (escalated[c] is { Count: > 0 } && accuracies[c] is null)
            {
                throw root.Missing(
                    $"cascade_accuracy.{pool.Clusters[c].Name}", "is missing: this cluster escalates, so its accuracy has to be measured");
            }
        }

        return new(pool, [.. models.Select(m => m!.Value)], escalated, accuracies, statistics.Notices);
    }

    private static T[] PerCluster<T>(PoolStatistics pool, JsonField? field, Func<int, JsonField, T> read)
    {
        T[] values = new T[pool.Clusters.Count];
        foreach ((string cluster, JsonField value) in field?.Members() ?? [])
        {
            int index = pool.Clusters.ToList().FindIndex(c => c.Name == cluster);
            if (index < 0)
                throw value.Error($"cluster_sizes has no cluster '{cluster}'");
            values[index] = read(index, value);
        }

        return values;
    }

    private static int Model(PoolStatistics pool, JsonField name)
    {
        int index = pool.Models.ToList().FindIndex(m => m.Name == name.Text());
        return index >= 0 ? index : throw name.Error($"models has no '{name.Text()}'");
    }

    private static Escalation Escalated(PoolStatistics pool, int cluster, int from, JsonField pair)
    {
        if (pair.Items() is not [JsonField name, JsonField count])
            throw pair.Error("must be a pair of a model and a count");
        int target = Model(pool, name);
        if (target == from)
            throw name.Error("escalates to the model that the cluster begins with");
        return new(target, count.Number(0, pool.Clusters[cluster].Size));
    }
}

/// <summary>What a cluster escalates.</summary>
/// <param name="Target">The index of the model that answers instead.</param>
/// <param name="Count">How many of the cluster's queries; a mean of several runs need not be whole.</param>
public sealed record Escalation(int Target, double Count);
