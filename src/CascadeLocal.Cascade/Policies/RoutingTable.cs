using System.Numerics.Tensors;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Routing;
using CascadeLocal.Routing;
using CascadeLocal.Routing.Budgets;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Cascade.Policies;

/// <summary>A policy applied to the pool as it is: who answers which cluster, and who if that member cannot. Immutable.</summary>
internal sealed class RoutingTable
{
    private readonly Policy _policy;
    private readonly bool[] _routed;
    private readonly int[] _assignment;
    private readonly int _default;
    private readonly double[] _costs;

    private RoutingTable(LoadedPolicy source, bool[] routed, int[] assignment, int defaultMember)
    {
        Source = source;
        _policy = source.Policy;
        _routed = routed;
        _assignment = assignment;
        _default = defaultMember;
        // A figure that nobody stated or measured: the model is never dearer than another.
        _costs = [.. _policy.Statistics.Models.Select(
            m => m.Cost(_policy.Options.Metric).PoolFigure(_policy.Statistics.Clusters) ?? 0)];
    }

    /// <summary>The policy and where it is from.</summary>
    public LoadedPolicy Source { get; }

    /// <summary>What is known of the policy and of how this pool uses it.</summary>
    public AppliedPolicy Applied => new(Source.Version, _policy.Statistics, _policy.Options.Metric, _assignment);

    /// <summary>The names of the clusters.</summary>
    public IEnumerable<string> Clusters => _policy.Statistics.Clusters.Select(c => c.Name);

    /// <summary>The names of the models that take part: those of the policy that are in the pool.</summary>
    public IEnumerable<string> Routed => Enumerable.Range(0, _routed.Length).Where(m => _routed[m]).Select(NameOf);

    /// <summary>The name of the model that answers a cluster.</summary>
    public string ModelOf(int cluster) => NameOf(_assignment[cluster]);

    /// <summary>
    /// Applies a policy to a pool. If models of it are missing, the clusters are assigned anew among the others, from the
    /// statistics that the policy keeps.
    /// </summary>
    /// <returns>Null if the pool has no model of the policy.</returns>
    public static RoutingTable? Build(LoadedPolicy source, IReadOnlyList<PoolMember> pool)
    {
        Policy policy = source.Policy;
        bool[] routed = [.. policy.Members.Select(m => pool.Any(p => p.State != MemberState.Draining && PolicyCheck.IsSame(m, p)))];
        int[] models = [.. Enumerable.Range(0, routed.Length).Where(m => routed[m])];
        if (models.Length == 0)
            return null;
        int[] assignment = models.Length == routed.Length ? [.. policy.Assignment] : Assign(policy, models);
        int defaultMember = routed[policy.DefaultMember]
            ? policy.DefaultMember
            : models.MaxBy(m => policy.Statistics.Accuracy(m));
        return new(source, routed, assignment, defaultMember);
    }

    /// <summary>The cluster of a vector.</summary>
    public int ClusterOf(ReadOnlySpan<float> vector) => _policy.Centroids.Nearest(vector);

    /// <summary>How far a vector is from the middle of a cluster.</summary>
    public float DistanceOf(ReadOnlySpan<float> vector, int cluster) => TensorPrimitives.Distance(vector, _policy.Centroids[cluster]);

    /// <summary>Who answers a query of a cluster.</summary>
    /// <param name="cluster">The cluster, or null for a query without one: the default member's.</param>
    /// <param name="previous">The member that gave the conversation's last answer; a cheaper one never follows it.</param>
    public RoutePlan Plan(int? cluster, string? previous)
    {
        int stageOne = cluster is { } c ? _assignment[c] : _default;
        int? floor = IndexOf(previous);
        bool stays = floor is { } f && f != stageOne && _costs[stageOne] <= _costs[f];
        int first = stays ? floor!.Value : stageOne;
        double least = floor is { } at ? _costs[at] : double.NegativeInfinity;
        IEnumerable<int> others = Enumerable.Range(0, _routed.Length)
            .Where(m => _routed[m] && m != first)
            .OrderBy(m => _costs[m] < least)
            .ThenBy(m => ErrorOf(m, cluster))
            .ThenBy(m => _costs[m]);
        RoutingReason reason = cluster is null ? RoutingReason.Default : RoutingReason.Cluster;
        return new()
        {
            Cluster = cluster is { } index ? _policy.Statistics.Clusters[index].Name : null,
            StageOneModel = NameOf(stageOne),
            Reason = stays ? RoutingReason.Conversation : reason,
            Candidates = [NameOf(first), .. others.Select(NameOf)],
            PolicyVersion = Source.Version,
        };
    }

    private static int[] Assign(Policy policy, int[] models)
    {
        PoolStatistics all = policy.Statistics;
        PoolStatistics rest = new(all.Clusters, [.. models.Select(m => all.Models[m])], all.ErrorTolerance);
        StageOneFit fit;
        try
        {
            fit = StageOneFit.Fit(rest, policy.Options);
        }
        catch (InfeasibleBudgetException e)
        {
            // Without the models that are gone the budget cannot be kept; the least that can be is the nearest to it.
            fit = StageOneFit.Fit(rest, policy.Options with { Budget = e.Cheapest });
        }

        return [.. fit.Exact.Plan.Models.Select(m => models[m])];
    }

    private double ErrorOf(int model, int? cluster) => cluster is { } c
        ? _policy.Statistics.Models[model].Errors[c]
        : 1 - _policy.Statistics.Accuracy(model);

    private string NameOf(int model) => _policy.Members[model].Name;

    private int? IndexOf(string? name)
    {
        for (int m = 0; m < _routed.Length; m++)
        {
            if (_routed[m] && NameOf(m) == name)
                return m;
        }

        return null;
    }
}
