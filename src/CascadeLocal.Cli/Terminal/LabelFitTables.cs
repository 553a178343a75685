using CascadeLocal.Calibration.Reports;

using Spectre.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>A fit from labels for people.</summary>
internal static class LabelFitTables
{
    public static void Print(LabelFitReport report)
    {
        PrintClusters(report);
        FitTables.Print(report);
        PrintExpected(report);
        if (report.Novelty is { Radius: { } radius } novelty)
        {
            ReportOutput.PrintLine(FormattableString.Invariant(
                $"Novel is a query farther than {radius:0.0000} from the middles of all clusters: {100 * novelty.Alpha:0.##} % of like ones at most, by {novelty.Questions} held-out questions"));
        }
    }

    private static void PrintClusters(LabelFitReport report)
    {
        string sizes = string.Join(", ", report.ClusterSizes.Select(size => FormattableString.Invariant($"{size.Key} ({size.Value:0})")));
        ReportOutput.PrintLine($"{report.Questions} questions in {report.K} clusters by {report.Embedder}: {sizes}");
        if (report.GradedBy is { } gradedBy)
            ReportOutput.PrintLine($"Graded by {gradedBy}: accuracies say how often a model says the same as the strongest");
        ReportOutput.PrintLine($"Kinds: {string.Join(", ", report.Kinds.Select(k => $"{k.Kind} {Quantity.Plain(k.Questions)}{(k.Known ? "" : " (too few: not known)")}"))}");
        string routing = report.KRouting is { } k ? $"k by routing value: {k}; " : "";
        ReportOutput.PrintLine($"{routing}k by silhouette: {report.KSilhouette}");
        string[] silhouettes = [.. report.Silhouette.Select(s => $"{s.Key}: {(s.Value is { } value ? Number(value) : "none")}")];
        ReportOutput.PrintLine($"Silhouette: {string.Join(", ", silhouettes)}");
        if (report.Shrinkage > 0)
            ReportOutput.PrintLine(FormattableString.Invariant(
                $"Every cluster counts {report.Shrinkage:0} questions of the model's error rate over all clusters beside its own"));
        if (report.Candidates.Count == 0)
            return;
        ReportOutput.PrintLine(FormattableString.Invariant(
            $"Held out, 5 x 5 folds, at a shadow price of {100 * report.ShadowPrice:0.#####} points per {(report.Metric == "cost" ? "unit of cost" : "ms")}:"));
        Table table = ReportOutput.Table("k", "Shrinkage", "Value", "Behind", "± 1 SE", "Accuracy", "TPOT in ms", "E2EL in ms", "Cost", "");
        foreach (CandidateReport c in report.Candidates)
        {
            table.AddRow(
                Number(c.K), Number(c.Shrinkage), Number(c.Value), Number(c.Behind), Number(c.StandardError), ReportOutput.Percent(c.Accuracy), Number(c.TpotMs), Number(c.E2elMs), Price(c.Cost),
                c.K == report.K ? "chosen" : "");
        }

        if (report.ByQuery is { } own)
        {
            table.AddRow(
                "by query", "", "", Number(-own.Gain), Number(own.StandardError), ReportOutput.Percent(own.Accuracy), Number(own.TpotMs), Number(own.E2elMs), Price(own.Cost),
                own.Taken ? "taken" : "");
        }

        ReportOutput.Print(table);
        if (report.ByQuery is { Taken: true })
            ReportOutput.PrintLine("Every query goes to the member that is worth most by its own forecast: that is worth more than its cluster's, beyond chance");
    }

    private static void PrintExpected(LabelFitReport report)
    {
        Table table = ReportOutput.Table("", "Accuracy", "TPOT in ms", "E2EL in ms", "Cost");
        if (report.Expected is { } expected)
        {
            table.AddRow(
                report switch
                {
                    CascadeFitReport { JudgedOn: "certify" } => "cascade, questions for certifying",
                    CascadeFitReport { JudgedOn: "cross_validation" } => "cascade, cross-validated",
                    CascadeFitReport => "cascade, questions for fitting",
                    _ => "routing, held out",
                },
                ReportOutput.Percent(expected.Accuracy), Number(expected.TpotMs), Number(expected.E2elMs), Price(expected.Cost));
        }

        foreach (OutcomeReport outcome in report.Compared)
            table.AddRow(Markup.Escape(outcome.Name), ReportOutput.Percent(outcome.Accuracy), Number(outcome.TpotMs), Number(outcome.E2elMs), Price(outcome.Cost));
        ReportOutput.Print(table);
    }

    /// <summary>A cost, which may be far below 1.</summary>
    internal static string Price(double? value) => value is { } number ? FormattableString.Invariant($"{number:G4}") : "";

    private static string Number(double? value) => value is { } number ? FormattableString.Invariant($"{number:0.####}") : "";
}
