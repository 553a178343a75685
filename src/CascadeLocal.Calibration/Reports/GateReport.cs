using System.Text.Json;

using CascadeLocal.Calibration.Heads;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Reports;

/// <summary>A cluster in which the answers of a model are judged.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Model">The model.</param>
/// <param name="Target">Who answers instead where they are dropped.</param>
/// <param name="Tau">An answer whose gain is above it is escalated; the certified shift is in it.</param>
/// <param name="Auroc">How well the judge ranks the model's answers in this cluster, by heads that did not see them; null where all are right, or all wrong.</param>
/// <param name="Ece">How far its probabilities are from the rates that they stand for there.</param>
/// <param name="EscalationRate">The share of the cluster's answers for fitting that are dropped.</param>
public sealed record GateReport(
    string Cluster, string Model, string Target, double Tau, double? Auroc, double? Ece, double EscalationRate)
{
    internal static IEnumerable<GateReport> Of(CascadeFit fit)
    {
        JudgedQuestions questions = fit.Questions;
        CascadePlan plan = fit.Result.Plan;
        for (int c = 0; c < plan.Actions.Count; c++)
        {
            CascadeAction action = plan.Actions[c];
            for (int gate = 0; gate < action.Thresholds.Count; gate++)
            {
                int model = action.Path[gate];
                (int cluster, int at) = (c, gate);
                (int Question, PassedGate Passed)[] rows = [.. questions.Fit.Where(q => questions.Questions[q].Cluster == cluster)
                    .SelectMany(q => PassedGate.Along(q, questions, plan, fit.Scores).Where(passed => passed.Gate == at).Select(passed => (q, passed)))];
                double[] own = [.. rows.Select(row => row.Passed.Scores.OwnAtEnd[row.Question])];
                double[] labels = [.. rows.Select(row => questions.Questions[row.Question].Answers[model].Correct)];
                int dropped = rows.Count(row => row.Passed.Judged.Verdict == Verdict.Reject);
                yield return new(
                    fit.StageOne.Fit.Statistics.Clusters[c].Name,
                    questions.Models[model],
                    questions.Models[action.Path[gate + 1]],
                    action.Thresholds[gate],
                    Ranking.Auroc(own, labels),
                    CalibrationError.Expected(own, labels),
                    rows.Length == 0 ? 0 : (double)dropped / rows.Length);
            }
        }
    }
}

/// <summary>How much better a judge is where it knows the answer of another model that was rejected before; both by heads that did not see the answers.</summary>
/// <param name="Model">Whose answer is judged.</param>
/// <param name="Earlier">Whose answer was rejected.</param>
/// <param name="Answers">How many answers.</param>
/// <param name="AurocAlone">How well the judge alone ranks them; null where all are right, or all wrong.</param>
/// <param name="Auroc">How well it does with what it knows of both.</param>
public sealed record PairedJudgeReport(string Model, string Earlier, int Answers, double? AurocAlone, double? Auroc);

/// <summary>How good the judge of a model is on all answers for fitting, by heads that did not see them; null where it is undefined or was not fitted.</summary>
/// <param name="Model">The model.</param>
/// <param name="Answers">How many answers.</param>
/// <param name="Auroc">How well it ranks them.</param>
/// <param name="AveragePrecision">Mean precision over recall.</param>
/// <param name="EceBefore">Calibration error of the bare scores.</param>
/// <param name="Ece">The same after calibration.</param>
/// <param name="TargetAuroc">How well it foresees the target.</param>
/// <param name="Inputs">What it sees: confidence, length, signals, text or all, each with what those before it see.</param>
public sealed record JudgeReport(
    string Model, int? Answers, double? Auroc, double? AveragePrecision, double? EceBefore, double? Ece, double? TargetAuroc, string? Inputs)
{
    internal static JudgeReport Of(string model, JudgedMember member)
    {
        HeadReport? own = member.Fit.Own;
        return new(model, own?.Rows, own?.Auroc, own?.AveragePrecision, own?.ErrorBefore, own?.ErrorAfter, member.Fit.Target?.Auroc,
            own is null ? null : JsonNamingPolicy.SnakeCaseLower.ConvertName(member.Fit.Inputs.ToString()));
    }
}
