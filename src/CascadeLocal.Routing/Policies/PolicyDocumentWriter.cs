using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Routing.Policies;

/// <summary>Turns a policy into what policy.json holds.</summary>
internal static class PolicyDocumentWriter
{
    /// <exception cref="PolicyException">The parts of the policy differ in number.</exception>
    public static PolicyDocument Write(Policy policy, string tensorsHash)
    {
        PoolStatistics statistics = policy.Statistics;
        Check(policy.Members.Select(m => m.Name).SequenceEqual(statistics.Models.Select(m => m.Name)), "models", "are not the members");
        Check(policy.Centroids.Count == statistics.Clusters.Count, "cluster_sizes", "are not as many as centroids");
        Check(policy.Assignment.Count == statistics.Clusters.Count, "assignment", "has not one member for each cluster");
        Check(policy.Assignment.All(m => m >= 0 && m < policy.Members.Count), "assignment", "names a member that is not there");
        Check(policy.Forecast is null || policy.Forecast.Query.Models == policy.Members.Count, "forecast", "is not of all members");
        Check(policy.DefaultMember >= 0 && policy.DefaultMember < policy.Members.Count, "default_member", "is not there");
        return new()
        {
            Version = Policy.Version,
            Embedder = new(policy.Embedder.Name, policy.Embedder.Fingerprint, policy.Embedder.Dimensions),
            Options = new()
            {
                Metric = PolicyTerms.Of(policy.Options.Metric),
                CostBy = PolicyTerms.Of(policy.Options.CostBasis),
                BudgetMs = policy.Options.Metric == CostMetric.Cost ? null : policy.Options.Budget,
                Budget = policy.Options.Metric == CostMetric.Cost ? policy.Options.Budget : null,
            },
            ClusterSizes = ByCluster(statistics, statistics.Clusters.Select(c => c.Size)),
            Assignment = ByCluster(statistics, policy.Assignment.Select(m => policy.Members[m].Name)),
            DefaultMember = policy.Members[policy.DefaultMember].Name,
            GradedBy = policy.GradedBy,
            Kinds = policy.Kinds is { } kinds ? new(kinds.OrderBy(k => k.Key).Select(k => KeyValuePair.Create(PolicyTerms.Of(k.Key), k.Value))) : null,
            ErrorTol = statistics.ErrorTolerance,
            Novelty = policy.Novelty is { } novelty ? new(novelty.Alpha) : null,
            Forecast = policy.Forecast is { } forecast
                ? new([.. forecast.Query.Clusterings.Select(clustering => clustering.Centroids.Count)])
                {
                    Linear = forecast.Query.Linear is not null,
                    Routing = forecast.Routing is { } routing ? new(routing.Price) { Accuracy = routing.Accuracy, Cost = routing.Cost } : null,
                }
                : null,
            Escalation = policy.Escalation is { } escalation ? EscalationPartWriter.Write(policy, escalation) : null,
            Models = new(policy.Members.Zip(
                statistics.Models, (member, model) => KeyValuePair.Create(member.Name, Model(statistics, member, model)))),
            TensorsSha256 = tensorsHash,
        };
    }

    private static PolicyDocument.ModelPart Model(PoolStatistics statistics, PolicyMember member, ModelStatistics model) => new()
    {
        Fingerprint = member.Fingerprint,
        Errors = ByCluster(statistics, model.Errors),
        TpotMs = model.Tpot.Pool,
        ClusterTpotMs = Measured(statistics, model.Tpot.Clusters),
        E2elMs = model.E2el.Pool,
        ClusterE2elMs = Measured(statistics, model.E2el.Clusters),
        Cost = model.Price.Pool,
        ClusterCost = Measured(statistics, model.Price.Clusters),
        ClusterOutputTokens = Measured(statistics, model.OutputTokens),
    };

    private static OrderedDictionary<string, T> ByCluster<T>(PoolStatistics statistics, IEnumerable<T> values) =>
        new(statistics.Clusters.Zip(values, (cluster, value) => KeyValuePair.Create(cluster.Name, value)));

    private static OrderedDictionary<string, double>? Measured(PoolStatistics statistics, IReadOnlyList<double?> values)
    {
        OrderedDictionary<string, double> measured = new(statistics.Clusters.Zip(values)
            .Where(pair => pair.Second is not null)
            .Select(pair => KeyValuePair.Create(pair.First.Name, pair.Second!.Value)));
        return measured.Count == 0 ? null : measured;
    }

    private static void Check(bool holds, string field, string problem)
    {
        if (!holds)
            throw new PolicyException(PolicyFolder.DocumentName, field, problem);
    }
}
