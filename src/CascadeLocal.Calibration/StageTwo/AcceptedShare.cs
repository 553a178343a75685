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
    public static double? Of(JudgedTable table, CascadePlan plan, int model, IReadOnlyList<GateScores?> scores)
    {
        (long accepted, long verified) = (0, 0);
        foreach (int q in table.Questions.Fit)
        {
            PassedGate passed = PassedGate.Along(q, table.Questions, plan, scores).FirstOrDefault(gate => gate.Model == model);
            int last = plan.Actions[table.Questions.Questions[q].Cluster].Target;
            if (passed.Judged.Verdict != Verdict.Reject || table.Rows[q][model].Output is null || table.Rows[q][last].Output is not { } target)
                continue;
            (int same, int looked) = Verify(table.Rows[q][model], target, passed.Judged.DecidedAt);
            accepted += same;
            verified += looked;
        }

        return verified == 0 ? null : (double)accepted / verified;
    }

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
