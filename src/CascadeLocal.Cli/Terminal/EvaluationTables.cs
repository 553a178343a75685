using CascadeLocal.Calibration.Evaluation;

using Spectre.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>An evaluation for people.</summary>
internal static class EvaluationTables
{
    private static readonly double[] Coverages = [0.5, 0.8, 0.9, 0.95, 1];

    public static void Print(EvaluationReport report)
    {
        string families = report.Families > 1 ? $" within {report.Families} families" : "";
        ReportOutput.PrintLine(
            $"{report.Questions} held-out questions, {report.N} requests, {report.Priced} of them priced; "
            + $"intervals hold 95 %, {Quantity.Plain(report.Draws)} paired draws of questions{families}");
        if (report.GradedBy is { } gradedBy)
            ReportOutput.PrintLine($"Graded by {gradedBy}: accuracies say how often a member says the same as the strongest");
        PrintPolicies(report.Policies);
        PrintComparison(report.Policies, report.Strongest);
        foreach (string notice in report.Notices)
            ReportOutput.PrintLine($"Note: {notice}");
        if (report.Judges.Count > 0)
            PrintJudges(report);
        if (report.Agreement is { } agreement)
            PrintAgreement(agreement);
    }

    public static void PrintPolicies(IReadOnlyList<PolicyReport> policies)
    {
        Table table = ReportOutput.Table("", "Accuracy", "95 %", "TPOT in ms", "by tokens", "TTFT in ms", "E2EL in ms", "Cost", "Escalated");
        foreach (PolicyReport policy in policies)
        {
            table.AddRow(
                Markup.Escape(policy.Name), ReportOutput.Percent(policy.Accuracy), Markup.Escape(Percents(policy.Ci95)),
                Number(policy.TpotMs), Number(policy.TpotTokenWeightedMs), Number(policy.TtftMs), Number(policy.E2elMs), LabelFitTables.Price(policy.Cost), ReportOutput.Percent(policy.EscalationRate));
        }

        ReportOutput.Print(table);
    }

    public static void PrintComparison(IReadOnlyList<PolicyReport> policies, string strongest)
    {
        ReportOutput.PrintLine($"Against {strongest}, the strongest member on these questions:");
        Table table = ReportOutput.Table("", "Retained", "Difference in points", "TPOT ratio", "by tokens", "E2EL ratio", "Cost ratio", "Lost", "Gained");
        foreach (PolicyReport policy in policies.Where(policy => policy.Name != strongest))
        {
            string[] row =
            [
                policy.Name,
                With(ReportOutput.Percent(policy.Retained), Percents(policy.RetainedCi95)),
                With(FormattableString.Invariant($"{100 * policy.Difference:0.00}"), Ends(policy.DifferenceCi95, 100, "0.00")),
                With(Number(policy.TpotRatio), Ends(policy.TpotRatioCi95, 1, "0.000")),
                With(Number(policy.TpotTokenWeightedRatio), Ends(policy.TpotTokenWeightedRatioCi95, 1, "0.000")),
                With(Number(policy.E2elRatio), Ends(policy.E2elRatioCi95, 1, "0.000")),
                With(Number(policy.CostRatio), Ends(policy.CostRatioCi95, 1, "0.000")),
                FormattableString.Invariant($"{policy.Losses:0.#}"),
                FormattableString.Invariant($"{policy.Gains:0.#}"),
            ];
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        ReportOutput.Print(table);
    }

    private static void PrintJudges(EvaluationReport report)
    {
        Table table = ReportOutput.Table(
        [
            "Judge of", "Answers", "Right", "AUROC", "in gated clusters", "AP", "ECE before", "ECE after", "AUROC of target", "Verdict p50 in ms",
            .. Coverages.Select(c => $"Risk at {100 * c:0} %"),
        ]);
        foreach (JudgeReport judge in report.Judges)
        {
            string[] row =
            [
                judge.Member, Quantity.Plain(judge.N), ReportOutput.Percent(judge.Accuracy),
                Measure(judge.Auroc), Measure(judge.AurocGated), Measure(judge.AveragePrecision),
                Measure(judge.EceBefore), Measure(judge.Ece), Measure(judge.TargetAuroc), Number(judge.Overhead?.P50Ms),
                .. Coverages.Select(coverage => ReportOutput.Percent(judge.RiskCoverage.First(point => point.Coverage >= coverage - 1e-9).Risk)),
            ];
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        ReportOutput.Print(table);
        foreach (JudgeReport judge in report.Judges.Where(judge => judge.Verdicts is { Judged: > 0 }))
        {
            VerdictReport v = judge.Verdicts!;
            string aborts = v.TokensAtAbort is { } tokens
                ? FormattableString.Invariant($" (median token {tokens:0}, at {100 * v.ShareAtAbort:0} % of the answer)")
                : "";
            ReportOutput.PrintLine(
                $"{judge.Member}: {v.Judged} answers judged; accepted early {v.AcceptedEarly}, at the end {v.AcceptedAtEnd}; "
                + $"dropped early {v.RejectedEarly}{aborts}, at the end {v.RejectedAtEnd}");
        }

        if (report.Judges.Any(judge => judge.Ablation is not null))
            PrintAblation(report);
    }

    private static void PrintAblation(EvaluationReport report)
    {
        ReportOutput.PrintLine("Judges trained again on these answers, cross-validated, without a group of features:");
        Table table = ReportOutput.Table("Judge of", "Without", "AUROC", "Lost", "AP");
        foreach (JudgeReport judge in report.Judges)
        {
            foreach (AblationReport run in judge.Ablation ?? [])
            {
                string lost = run.Without is null ? "" : Measure(run.AurocLost);
                table.AddRow(Markup.Escape(judge.Member), run.Without ?? "nothing", Measure(run.Auroc), lost, Measure(run.AveragePrecision));
            }
        }

        ReportOutput.Print(table);
    }

    private static void PrintAgreement(AgreementReport agreement)
    {
        ReportOutput.PrintLine(
            $"The server was asked about {Quantity.Plain(agreement.Asked)} prompts and decides otherwise on {Quantity.Plain(agreement.Disagreements)}");
        foreach (DisagreementReport example in agreement.Examples)
            ReportOutput.PrintLine($"  {example.Offline} by the policy, {example.Live} by the server: {example.Prompt.ReplaceLineEndings(" ")}");
    }

    private static string With(string value, string ends) => ends.Length == 0 ? value : $"{value} {ends}";

    private static string Percents(IReadOnlyList<double>? ends) => Ends(ends, 100, "0.00");

    private static string Ends(IReadOnlyList<double>? ends, double scale, string format) => ends is null
        ? ""
        : $"[{Format(scale * ends[0], format)}, {Format(scale * ends[1], format)}]";

    private static string Format(double value, string format) => value.ToString(format, System.Globalization.CultureInfo.InvariantCulture);

    private static string Measure(double? value) => value is { } number ? FormattableString.Invariant($"{number:0.0000}") : "undefined";

    private static string Number(double? value) => value is { } number ? FormattableString.Invariant($"{number:0.####}") : "";
}
