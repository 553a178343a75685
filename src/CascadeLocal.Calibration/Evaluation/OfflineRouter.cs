using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>What a policy decides about texts, without a server.</summary>
public sealed class OfflineRouter
{
    private readonly Policy _policy;
    private readonly int[] _clusters;

    /// <param name="policy">The policy.</param>
    /// <param name="texts">The vectors of the texts, by the policy's embedder.</param>
    /// <exception cref="ArgumentException">The vectors have another number of dimensions than the policy's.</exception>
    public OfflineRouter(Policy policy, PointSet texts)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(texts);
        _policy = policy;
        _clusters = [.. Enumerable.Range(0, texts.Count).Select(text => policy.Centroids.Nearest(texts[text]))];
    }

    /// <summary>The cluster of a text.</summary>
    public int ClusterOf(int text) => _clusters[text];

    /// <summary>The name of a text's cluster.</summary>
    public string ClusterNameOf(int text) => _policy.Statistics.Clusters[ClusterOf(text)].Name;

    /// <summary>The name of the member that starts to answer a text.</summary>
    public string StartOf(int text) => _policy.Members[ActionOf(text).Start].Name;

    /// <summary>What is done with a text.</summary>
    public CascadeAction ActionOf(int text) =>
        _policy.Escalation?.Actions[ClusterOf(text)] ?? CascadeAction.Direct(_policy.Assignment[ClusterOf(text)]);

    /// <summary>The member that Stage 1 alone sends a text to.</summary>
    internal int StageOneOf(int text) => _policy.Assignment[ClusterOf(text)];
}
