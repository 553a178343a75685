using CascadeLocal.Routing.Judging.Answers;
using CascadeLocal.Routing.Judging.Signals;

namespace CascadeLocal.Cascade.Routing;

/// <summary>Who answers a request, and who if that answer is rejected. The last one's answer is delivered in any case.</summary>
/// <param name="Rungs">The members in order; at least one.</param>
/// <param name="Query">What judges are told of the query; null where nothing is judged.</param>
/// <param name="Reduced">The query's reduced embedding; empty where no judge sees it.</param>
internal sealed record EscalationPath(IReadOnlyList<Rung> Rungs, RoutedQuery? Query = null, ReadOnlyMemory<float> Reduced = default)
{
    /// <summary>One member, whose answer is not judged.</summary>
    public static EscalationPath Direct(string model) => new([new Rung(model)]);

    /// <summary>The path as it is from a member on; one that is not on it answers unjudged.</summary>
    public EscalationPath From(string model)
    {
        for (int i = 0; i < Rungs.Count; i++)
        {
            if (Rungs[i].Model == model)
                return i == 0 ? this : this with { Rungs = [.. Rungs.Skip(i)] };
        }

        return Direct(model);
    }

    /// <summary>Whether the answer of a rung may be rejected.</summary>
    public bool IsGated(int rung) => rung < Rungs.Count - 1;

    /// <summary>Begins to judge an answer of a rung; null where none is judged.</summary>
    public RunningVerdict? Judge(int rung)
    {
        if (Rungs[rung].Gate is not { } gate || Query is null)
            return null;
        FeatureLayout layout = gate.Judge.Layout;
        ReadOnlyMemory<float> reduced = layout.QueryDimensions == 0 ? default : Reduced;
        return new(gate.Judge, gate.Rule, gate.Threshold, new AnswerReader(layout, Query.Text, Query.Cluster, reduced));
    }
}
