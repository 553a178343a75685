using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>What a policy decides about texts, without a server.</summary>
public sealed class OfflineRouter
{
    private readonly Policy _policy;
    private readonly int[] _clusters;
    private readonly int[] _stageOne;
    private readonly bool[] _novel;
    private readonly int _strongest;

    /// <param name="policy">The policy.</param>
    /// <param name="texts">The vectors of the texts, by the policy's embedder.</param>
    /// <exception cref="ArgumentException">The vectors have another number of dimensions than the policy's.</exception>
    public OfflineRouter(Policy policy, PointSet texts)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(texts);
        _policy = policy;
        _clusters = [.. Enumerable.Range(0, texts.Count).Select(text => policy.Centroids.Nearest(texts[text]))];
        double[] costs = [.. policy.Costs];
        _stageOne = [.. _clusters.Select((cluster, text) => policy.Forecast?.MemberOf(texts[text], costs) ?? policy.Assignment[cluster])];
        _novel = [.. _clusters.Select((cluster, text) => policy.Novelty?.IsNovel(policy.Centroids.Distance(texts[text], cluster)) == true)];
        _strongest = policy.Escalation?.Target ?? Strongest(policy);
    }

    /// <summary>Whether a text is unlike all that the policy was fitted to.</summary>
    public bool IsNovel(int text) => _novel[text];

    /// <summary>The cluster of a text.</summary>
    public int ClusterOf(int text) => _clusters[text];

    /// <summary>The name of a text's cluster.</summary>
    public string ClusterNameOf(int text) => _policy.Statistics.Clusters[ClusterOf(text)].Name;

    /// <summary>The name of the member that starts to answer a text.</summary>
    public string StartOf(int text) => _policy.Members[ActionOf(text).Start].Name;

    /// <summary>What is done with a text; a novel one goes to the strongest member, as it does unless the server is configured otherwise.</summary>
    public CascadeAction ActionOf(int text) => _novel[text]
        ? CascadeAction.Direct(_strongest)
        : _policy.Escalation?.Actions[ClusterOf(text)] ?? CascadeAction.Direct(StageOneOf(text));

    /// <summary>The member that Stage 1 alone sends a text to.</summary>
    internal int StageOneOf(int text) => _stageOne[text];

    private static int Strongest(Policy policy) => Enumerable.Range(0, policy.Members.Count)
        .OrderByDescending(policy.Statistics.Accuracy)
        .ThenBy(m => policy.Costs[m])
        .ThenBy(m => policy.Members[m].Name, StringComparer.Ordinal)
        .First();
}
