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
                int cluster = c;
                int[] rows = [.. questions.Fit.Where(q => questions.Questions[q].Cluster == cluster && AcceptedShare.Reaches(q, action, gate, plan, fit.Scores))];
                JudgeFit judge = fit.Judged[model]!.Fit;
                double[] own = [.. rows.Select(q => judge.OwnAtEnd[q])];
                double[] labels = [.. rows.Select(q => questions.Questions[q].Answers[model].Correct)];
                GateScores scores = judge.Scores!;
                double threshold = action.Thresholds[gate];
                int dropped = rows.Count(q => GateVerdict.Of(plan.EarlyRules[model], scores.Checkpoints, scores[q], threshold).Verdict
                    == Verdict.Reject);
                yield return new(
                    fit.StageOne.Fit.Statistics.Clusters[c].Name,
                    questions.Models[model],
                    questions.Models[action.Path[gate + 1]],
                    threshold,
                    Ranking.Auroc(own, labels),
                    CalibrationError.Expected(own, labels),
                    rows.Length == 0 ? 0 : (double)dropped / rows.Length);
            }
        }
    }
}

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
