using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>
/// How much of a member's rejected answers the target would have said itself: the text that both begin with. It is counted as
/// serving verifies: in chunks of 8, 16, 32 ... tokens up to the first that differs.
/// </summary>
internal static class AcceptedShare
{
    private const int FirstChunk = 8;

    /// <summary>The share; null where no answer is rejected or outputs are not known.</summary>
    public static double? Of(JudgedTable table, CascadePlan plan, int model, GateScores scores, IReadOnlyList<GateScores?> all)
    {
        (long accepted, long verified) = (0, 0);
        foreach (int q in table.Questions.Fit)
        {
            CascadeAction action = plan.Actions[table.Questions.Questions[q].Cluster];
            int gate = action.Path.ToList().IndexOf(model);
            if (gate < 0 || gate >= action.Thresholds.Count || !Reaches(q, action, gate, plan, all))
                continue;
            GateVerdict verdict = GateVerdict.Of(plan.EarlyRules[model], scores.Checkpoints, scores[q], action.Thresholds[gate]);
            if (verdict.Verdict != Verdict.Reject || table.Rows[q][model].Output is null || table.Rows[q][action.Target].Output is not { } target)
                continue;
            (int same, int looked) = Verify(table.Rows[q][model], target, verdict.DecidedAt);
            accepted += same;
            verified += looked;
        }

        return verified == 0 ? null : (double)accepted / verified;
    }

    /// <summary>Whether an answer of the member at a gate is asked for: all before it were rejected.</summary>
    public static bool Reaches(int question, CascadeAction action, int gate, CascadePlan plan, IReadOnlyList<GateScores?> scores) =>
        Enumerable.Range(0, gate).All(g => scores[action.Path[g]] is { } before && GateVerdict.Of(
            plan.EarlyRules[action.Path[g]], before.Checkpoints, before[question], action.Thresholds[g]).Verdict == Verdict.Reject);

    /// <summary>Tokens of the draft that are kept, and those that are looked at.</summary>
    internal static (int Accepted, int Verified) Verify(LabelRow draft, string target, int? decidedAt)
    {
        int whole = JudgedTable.TokensOf(draft);
        TokenText text = new(draft, whole);
        int tokens = Math.Min(whole, decidedAt ?? whole);
        int common = draft.Output!.AsSpan(0, text.EndOf(tokens)).CommonPrefixLength(target);
        int accepted = 0;
        while (accepted < tokens && text.EndOf(accepted + 1) <= common)
            accepted++;
        int verified = 0;
        for (int chunk = FirstChunk; verified < tokens && accepted >= verified; chunk *= 2)
            verified = Math.Min(tokens, verified + chunk);
        return (accepted, verified);
    }
}
