using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Fitting;

/// <summary>Folds a member into a policy from a few labels of its own. Clusters and the other members' figures stay.</summary>
public static class MemberProbe
{
    /// <summary>
    /// How many questions of its mean over the whole probe are added to each cluster: of a cluster with as many, half is its
    /// own and half the mean.
    /// </summary>
    public const double Shrinkage = 20;

    /// <summary>A routing with the new member; its plan is the exact one.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="name">The new member; one that the policy has is measured anew.</param>
    /// <param name="rows">Its labels; one at least.</param>
    /// <param name="vectors">The vector of each row's prompt, by the policy's embedder.</param>
    /// <param name="stated">What the member costs under the policy's metric, where that is stated instead of measured.</param>
    /// <exception cref="MissingCostException">The labels do not have the times that the policy's options need.</exception>
    /// <exception cref="InfeasibleBudgetException">No routing keeps the policy's budget.</exception>
    public static StageOneFit Fit(Policy policy, string name, IReadOnlyList<LabelRow> rows, PointSet vectors, double? stated = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(vectors);
        List<LabelRow>[] clusters = [.. Enumerable.Range(0, policy.Centroids.Count).Select(_ => new List<LabelRow>())];
        for (int i = 0; i < rows.Count; i++)
            clusters[policy.Centroids.Nearest(vectors[i])].Add(rows[i]);
        CostMetric metric = policy.Options.Metric;
        if (stated is null && rows.All(row => row.Under(metric) is null))
            throw new MissingCostException(metric.Field(), $"no answer of {name} has it, which the policy is fitted to; --cost {name}={(metric == CostMetric.Cost ? "0.002" : "20ms")} states it");
        MeasuredCost Cost(CostMetric kind) => kind == metric && stated is { } figure ? new(figure, []) : new(null, Shrunk(clusters, row => row.Under(kind)));
        ModelStatistics measured = new()
        {
            Name = name,
            Errors = [.. Shrunk(clusters, row => 1 - row.Correct).Select(error => Math.Clamp(error!.Value, 0, 1))],
            Tpot = Cost(CostMetric.Tpot),
            E2el = Cost(CostMetric.E2el),
            Price = Cost(CostMetric.Cost),
            OutputTokens = Shrunk(clusters, row => row.OutputTokens),
        };
        int known = Index(policy, name);
        IEnumerable<ModelStatistics> models = known < 0
            ? policy.Statistics.Models.Append(measured)
            : policy.Statistics.Models.Select((model, m) => m == known ? measured : model);
        return StageOneFit.Fit(new(policy.Statistics.Clusters, [.. models], policy.Statistics.ErrorTolerance), policy.Options);
    }

    /// <summary>What the rates of <paramref name="fit"/> rest on: of the new member on its own labels, however many questions the policy was fitted to.</summary>
    /// <param name="policy">The policy that the fit is of.</param>
    /// <param name="fit">The new routing.</param>
    /// <param name="name">The new member.</param>
    /// <param name="rows">Its labels.</param>
    /// <param name="vectors">The vector of each row's prompt.</param>
    public static LabelEvidence Evidence(Policy policy, StageOneFit fit, string name, IReadOnlyList<LabelRow> rows, PointSet vectors)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(fit);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(vectors);
        int[] counts = new int[policy.Centroids.Count];
        foreach (int row in Enumerable.Range(0, rows.Count).DistinctBy(row => rows[row].Prompt))
            counts[policy.Centroids.Nearest(vectors[row])]++;
        int known = Index(policy, name);
        return new(fit.Statistics, null) { Probe = (known < 0 ? policy.Members.Count : known, counts) };
    }

    /// <summary>
    /// The policy with the new member. Within a budget queries are not routed by their own forecast any more: the price at which that kept
    /// it was of the other members.
    /// </summary>
    /// <param name="policy">The policy that <paramref name="fit"/> is of.</param>
    /// <param name="fit">The new routing.</param>
    /// <param name="member">The new member.</param>
    /// <param name="rows">Its labels.</param>
    /// <param name="vectors">The vector of each row's prompt.</param>
    public static Policy Apply(Policy policy, StageOneFit fit, PolicyMember member, IReadOnlyList<LabelRow> rows, PointSet vectors)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(member);
        ArgumentNullException.ThrowIfNull(rows);
        int known = Index(policy, member.Name);
        int place = known < 0 ? policy.Members.Count : known;
        PolicyMember[] members = [.. known < 0 ? policy.Members.Append(member) : policy.Members.Select((old, m) => m == known ? member : old)];
        return PolicyFactory.Of(fit, policy.Centroids, policy.Embedder, members) with
        {
            GradedBy = policy.GradedBy,
            Kinds = policy.Kinds,
            Novelty = policy.Novelty,
            Forecast = policy.Forecast is { } forecast
                ? new(
                    ForecastFit.With(forecast.Query, place, vectors, [.. rows.Select(row => row.Correct)]),
                    forecast.Routing is { } routing && policy.Options.Budget is null ? new(routing.Price) : null)
                : null,
        };
    }

    // The rows that have the figure; null everywhere if none has.
    private static double?[] Shrunk(List<LabelRow>[] clusters, Func<LabelRow, double?> figure)
    {
        double? mean = clusters.SelectMany(rows => rows).Average(figure);
        return [.. clusters.Select(rows =>
        {
            double[] values = [.. rows.Select(figure).OfType<double>()];
            return mean is { } pool ? (values.Sum() + Shrinkage * pool) / (values.Length + Shrinkage) : (double?)null;
        })];
    }

    private static int Index(Policy policy, string name) =>
        Enumerable.Range(0, policy.Members.Count).FirstOrDefault(m => policy.Members[m].Name == name, -1);
}
