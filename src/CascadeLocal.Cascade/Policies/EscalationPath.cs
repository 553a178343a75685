using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Cascade.Policies;

/// <summary>Who answers a request, and who if that answer is rejected. The last one's answer is delivered in any case.</summary>
/// <param name="Rungs">The members in order; at least one.</param>
/// <param name="Query">What judges are told of the query; null where nothing is judged.</param>
/// <param name="Reduced">The query's reduced embedding; empty where no judge sees it.</param>
internal sealed record EscalationPath(IReadOnlyList<Rung> Rungs, RoutedQuery? Query = null, ReadOnlyMemory<float> Reduced = default)
{
    /// <summary>One member, whose answer is not judged.</summary>
    public static EscalationPath Direct(string member) => new([new Rung(member)]);

    /// <summary>The members behind the first.</summary>
    public IReadOnlyList<string> EscalatesTo => [.. Rungs.Skip(1).Select(r => r.Member)];

    /// <summary>The path as it is from a member on; one that is not on it answers unjudged.</summary>
    public EscalationPath From(string member)
    {
        for (int i = 0; i < Rungs.Count; i++)
        {
            if (Rungs[i].Member == member)
                return i == 0 ? this : this with { Rungs = [.. Rungs.Skip(i)] };
        }

        return Direct(member);
    }

    /// <summary>Whether the answer of a rung may be rejected.</summary>
    public bool IsGated(int rung) => rung < Rungs.Count - 1;

    /// <summary>Begins to judge an answer of a rung; null where none is judged.</summary>
    /// <param name="rung">The rung.</param>
    /// <param name="earlier">The whole answer that was rejected right before; null where there is none.</param>
    public RunningVerdict? Judge(int rung, EarlierAnswer? earlier)
    {
        if (Rungs[rung].Gate is not { } gate || Query is null)
            return null;
        FeatureLayout layout = gate.Judge.Layout;
        ReadOnlyMemory<float> reduced = layout.QueryDimensions == 0 ? default : Reduced;
        Comparison? comparison = earlier is not null && gate.Agreements.TryGetValue(earlier.Member, out Agreement? agreement)
            ? new(agreement, earlier)
            : null;
        return new(gate.Judge, gate.Rule, gate.Threshold, new AnswerReader(layout, Query.Text, Query.Cluster, reduced), comparison);
    }
}

/// <summary>A member on the way of a request.</summary>
/// <param name="Member">The member.</param>
/// <param name="Gate">How its answer is judged; null where it is not.</param>
/// <param name="AcceptedShare">
/// The share of its rejected answers' tokens that the target would have said itself; null where that was not measured.
/// </param>
internal sealed record Rung(string Member, Gate? Gate = null, double? AcceptedShare = null);

/// <summary>How the answers of a member are judged.</summary>
/// <param name="Judge">By whom.</param>
/// <param name="Rule">When, before their end.</param>
/// <param name="Threshold">τ: an answer whose gain is above it is escalated.</param>
internal sealed record Gate(MemberJudge Judge, EarlyRule Rule, double Threshold)
{
    private static readonly Dictionary<string, Agreement> None = [];

    /// <summary>What is made of it where the whole answer of another member was rejected right before, by that member.</summary>
    public IReadOnlyDictionary<string, Agreement> Agreements { get; init; } = None;

    /// <summary>Judges at the end and accepts everything: the probability alone is wanted.</summary>
    public static Gate Observing(MemberJudge judge) => new(judge, EarlyRule.None, double.PositiveInfinity);
}

/// <summary>The text that a conversation is routed by, and where it lies.</summary>
/// <param name="Text">The text.</param>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Vector">Its embedding.</param>
internal sealed record RoutedQuery(string Text, int Cluster, float[] Vector);
