using CascadeLocal.Routing.Judging.EarlyVerdicts;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>What became of an answer that was judged.</summary>
/// <param name="Verdict">Accept or reject.</param>
/// <param name="DecidedAt">After how many tokens; null at the end.</param>
internal readonly record struct GateVerdict(Verdict Verdict, int? DecidedAt)
{
    /// <param name="rule">When it is judged.</param>
    /// <param name="checkpoints">Where the gains but the last were taken.</param>
    /// <param name="gains">At each checkpoint, NaN where the answer has ended, then at the end.</param>
    /// <param name="threshold">τ.</param>
    public static GateVerdict Of(EarlyRule rule, IReadOnlyList<int> checkpoints, ReadOnlySpan<double> gains, double threshold)
    {
        for (int i = 0, next = 0; i < checkpoints.Count && next < rule.Checkpoints.Count; i++)
        {
            if (checkpoints[i] != rule.Checkpoints[next])
                continue;
            Verdict verdict = rule.At(next++, gains[i], threshold);
            if (verdict != Verdict.Continue)
                return new(verdict, checkpoints[i]);
        }

        return new(EarlyRule.AtEnd(gains[^1], threshold), null);
    }
}
