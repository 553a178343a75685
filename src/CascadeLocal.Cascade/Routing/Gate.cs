using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Judging.EarlyVerdicts;

namespace CascadeLocal.Cascade.Routing;

/// <summary>How the answers of a member are judged.</summary>
/// <param name="Judge">By whom.</param>
/// <param name="Rule">When, before their end.</param>
/// <param name="Threshold">τ: an answer whose gain is above it is escalated.</param>
internal sealed record Gate(MemberJudge Judge, EarlyRule Rule, double Threshold)
{
    /// <summary>Judges at the end and accepts everything: the probability alone is wanted.</summary>
    public static Gate Observing(MemberJudge judge) => new(judge, EarlyRule.None, double.PositiveInfinity);
}
