using CascadeLocal.Calibration.Joint;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>A gate that a question comes to under a plan, since all answers before it were rejected.</summary>
/// <param name="Gate">Which of its path.</param>
/// <param name="Model">Whose answer is judged.</param>
/// <param name="Judged">What becomes of it.</param>
/// <param name="Scores">How it is judged, by what is known there of the answer before.</param>
internal readonly record struct PassedGate(int Gate, int Model, GateVerdict Judged, GateScores Scores)
{
    /// <summary>All of them, in order.</summary>
    public static IEnumerable<PassedGate> Along(int question, JudgedQuestions questions, CascadePlan plan, IReadOnlyList<GateScores?> scores)
    {
        CascadeAction action = plan.Actions[questions.Questions[question].Cluster];
        int? earlier = null;
        for (int gate = 0; gate < action.Thresholds.Count; gate++)
        {
            int model = action.Path[gate];
            GateScores known = scores[model]!.After(earlier);
            GateVerdict verdict = GateVerdict.Of(plan.EarlyRules[model], known[question], action.Thresholds[gate]);
            yield return new(gate, model, verdict, known);
            if (verdict.Verdict != Verdict.Reject)
                yield break;
            earlier = verdict.DecidedAt is null ? model : null;
        }
    }
}

/// <summary>What became of an answer that was judged.</summary>
/// <param name="Verdict">Accept or reject.</param>
/// <param name="DecidedAt">After how many tokens; null at the end.</param>
internal readonly record struct GateVerdict(Verdict Verdict, int? DecidedAt)
{
    /// <param name="rule">When it is judged.</param>
    /// <param name="gains">At each of its checkpoints, NaN where the answer has ended, then at the end.</param>
    /// <param name="threshold">τ.</param>
    public static GateVerdict Of(EarlyRule rule, ReadOnlySpan<double> gains, double threshold) =>
        new(rule.Level(gains) <= threshold ? Verdict.Accept : Verdict.Reject, rule.DecidedAt(gains, threshold));
}
