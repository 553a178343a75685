using CascadeLocal.Calibration.Labels;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Fitting;

/// <summary>Makes policies of fits.</summary>
public static class PolicyFactory
{
    /// <summary>The policy of a fit. It follows the exact plan.</summary>
    /// <param name="fit">The fit.</param>
    /// <param name="embedder">Whose vectors were clustered.</param>
    /// <param name="labels">What it was fitted to.</param>
    public static Policy Of(LabelFit fit, PolicyEmbedder embedder, LabelSet labels)
    {
        ArgumentNullException.ThrowIfNull(fit);
        ArgumentNullException.ThrowIfNull(labels);
        PolicyMember[] named = [.. fit.Table.Models.Select(name =>
            new PolicyMember(name, labels.Members?.FirstOrDefault(member => member.Name == name)?.Fingerprint))];
        return Of(fit.Fit, fit.Clusters.Centroids, embedder, named) with
        {
            GradedBy = labels.GradedBy,
            Kinds = fit.Table.Kinds,
            Novelty = fit.Novelty,
            Forecast = fit.Forecast,
        };
    }

    /// <summary>The policy of a routing.</summary>
    internal static Policy Of(StageOneFit fit, Centroids centroids, PolicyEmbedder embedder, IReadOnlyList<PolicyMember> members) => new()
    {
        Embedder = embedder,
        Members = members,
        Centroids = centroids,
        Statistics = fit.Statistics,
        Options = fit.Options,
        Assignment = fit.Exact.Plan.Models,
        DefaultMember = Strongest(fit),
    };

    // Of the members that the plan uses, so that the budget's order of cost is kept where nothing is known of the query.
    private static int Strongest(StageOneFit fit) => fit.Exact.Plan.Models.Distinct()
        .OrderByDescending(fit.Statistics.Accuracy)
        .ThenBy(model => fit.Costs[model])
        .ThenBy(model => fit.Statistics.Models[model].Name, StringComparer.Ordinal)
        .First();
}
