using System.Globalization;

using CascadeLocal.Calibration.Reports;

using Spectre.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>A fit of both stages for people.</summary>
internal static class CascadeFitTables
{
    public static void Print(CascadeFitReport report)
    {
        LabelFitTables.Print(report);
        PrintJudges(report);
        PrintGates(report);
        PrintPlans(report);
        PrintPromise(report);
    }

    private static void PrintJudges(CascadeFitReport report)
    {
        if (report.Judges.Count == 0)
            return;
        ReportOutput.PrintLine("Judges, on answers that they did not see:");
        Table table = ReportOutput.Table("Model", "Answers", "AUROC", "Average precision", "Calibration error", "AUROC of the target");
        foreach (JudgeReport judge in report.Judges)
        {
            table.AddRow(
                Markup.Escape(judge.Model), Number(judge.Answers), Number(judge.Auroc), Number(judge.AveragePrecision), Number(judge.Ece), Number(judge.TargetAuroc));
        }

        ReportOutput.Print(table);
        foreach (PairedJudgeReport pair in report.Agreements)
            ReportOutput.PrintLine($"{pair.Model} after {pair.Earlier}, whose answer was rejected: AUROC {Number(pair.Auroc)}, by its judge alone {Number(pair.AurocAlone)}");
    }

    private static void PrintGates(CascadeFitReport report)
    {
        if (report.Gates.Count == 0)
        {
            ReportOutput.PrintLine("No answers are judged.");
            return;
        }

        Table table = ReportOutput.Table("Cluster", "Model", "Escalates to", "τ", "AUROC", "Calibration error", "Escalated");
        foreach (GateReport gate in report.Gates)
        {
            table.AddRow(
                Markup.Escape(gate.Cluster), Markup.Escape(gate.Model), Markup.Escape(gate.Target), Number(gate.Tau), Number(gate.Auroc), Number(gate.Ece),
                ReportOutput.Percent(gate.EscalationRate));
        }

        ReportOutput.Print(table);
    }

    private static void PrintPlans(CascadeFitReport report)
    {
        ReportOutput.PrintLine(report.JudgedOn switch
        {
            "certify" => $"On the {report.NCertify} questions for certifying:",
            "cross_validation" => "On questions for fitting, each by plans that were fitted without it:",
            _ => "On the questions for fitting, since there are none for certifying:",
        });
        Table table = ReportOutput.Table("", "Accuracy", "Kept", "TPOT in ms", "by tokens", "E2EL in ms", "Cost", "Escalated", "Lost", "Gained", "Gates", "");
        (string Name, string Key, PlanReport? Plan)[] plans =
        [
            ("Stage 1", "stage_one", report.StageOne),
            ("Stage 1, then 2", "stage_one_then_two", report.StageOneThenTwo),
            ("joint", "joint", report.Joint),
        ];
        foreach ((string name, string key, PlanReport? plan) in plans)
        {
            string chosen = key == report.Mode ? "chosen" : "";
            if (plan is null)
                table.AddRow(name, "", "", "", "", "", "", "", "", "", "", "no plan");
            else
            {
                table.AddRow(
                    name, ReportOutput.Percent(plan.Accuracy), ReportOutput.Percent(plan.Retained), Number(plan.TpotMs), Number(plan.TokenTpotMs), Number(plan.E2elMs), LabelFitTables.Price(plan.Cost),
                    ReportOutput.Percent(plan.EscalationRate), Number(plan.Losses), Number(plan.Gains), Number(plan.Gates), chosen);
            }
        }

        ReportOutput.Print(table);
        if (plans.FirstOrDefault(plan => plan.Key == report.Mode).Plan?.Pays is { } pays)
            ReportOutput.PrintLine($"Against {report.Target} alone: {pays.Sentence}");
    }

    private static void PrintPromise(CascadeFitReport report)
    {
        string keep = report.Keep is { } share ? string.Create(CultureInfo.InvariantCulture, $"Keep {share:0.####}: ") : "";
        string promise = report switch
        {
            { Guarantee: null or "none" } => "nothing is promised",
            { Certified: true } => $"certified ({report.Guarantee})",
            { LabelsMissing: > 0 and var missing } => $"not certifiable, {missing} labels are missing; all goes to {report.Target}",
            _ => $"not certified; all goes to {report.Target}",
        };
        ReportOutput.PrintLine($"{keep}{promise}");
        if (report.Resampled is { } halves)
        {
            ReportOutput.PrintLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Certified on one half of these questions and judged on the other, {halves.Splits} times: {halves.MeanLoss:0.00%} of the strongest model's right answers are lost on average, {halves.Allowed:0.##%} are allowed"));
        }

        if (report is { BudgetHolds: { } holds, CostBoundMs: not null })
            ReportOutput.PrintLine($"Budget: at most {(report.Metric == "cost" ? LabelFitTables.Price(report.CostBoundMs) : $"{Number(report.CostBoundMs)} ms")} with 95 % confidence, which {(holds ? "keeps" : "does not keep")} it");
    }

    private static string Number(double? value) => value is { } number ? FormattableString.Invariant($"{number:0.####}") : "";
}
