using CascadeLocal.Calibration.Reports;

using Spectre.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>A fit for people.</summary>
internal static class FitTables
{
    public static void Print(FitReport report)
    {
        PrintModels(report);
        PrintRegions(report);
        PrintMargins(report);
        PrintChoice(report);
    }

    private static void PrintModels(FitReport report)
    {
        Table models = ReportOutput.Table("Model", Cost(report), "Accuracy", "Dominated by");
        foreach (ModelReport model in report.Models)
        {
            string[] row = [model.Name, Figure(report, model.Cost), ReportOutput.Percent(model.Accuracy), model.DominatedBy ?? ""];
            models.AddRow([.. row.Select(Markup.Escape)]);
        }

        ReportOutput.Print(models);

        // A row per cluster: there may be many of them, but a pool has few models.
        Table errors = ReportOutput.Table(["Cluster", .. report.Models.Select(m => Markup.Escape($"Error of {m.Name}"))]);
        foreach (string cluster in report.Models[0].Errors.Keys)
        {
            string[] row =
            [
                cluster,
                .. report.Models.Select(m => FormattableString.Invariant(
                    $"{m.Errors[cluster].Error:0.000} [{m.Errors[cluster].Low:0.000}, {m.Errors[cluster].High:0.000}]")),
            ];
            errors.AddRow([.. row.Select(Markup.Escape)]);
        }

        ReportOutput.Print(errors);
    }

    private static void PrintRegions(FitReport report)
    {
        AnsiConsole.WriteLine(report.Crossovers.Count == 0
            ? "Crossovers: none"
            : $"Crossovers: λ = {string.Join(", ", report.Crossovers.Select(Lambda))}");
        Table table = ReportOutput.Table("λ", "Region", "Accuracy", Cost(report), "Assignment", "");
        foreach (RegionReport region in report.Regions)
        {
            string[] row =
            [
                Lambda(region.Lambda),
                $"[{Lambda(region.LambdaLow)}, {(region.LambdaHigh is { } high ? Lambda(high) : "∞")})",
                ReportOutput.Percent(region.Accuracy),
                Figure(report, region.Cost),
                Assignment(region.Assignment),
                region.LambdaLow == report.Chosen.LambdaLow ? "chosen" : "",
            ];
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        ReportOutput.Print(table);
    }

    private static void PrintMargins(FitReport report)
    {
        Table table = ReportOutput.Table("Cluster", "Winner", "Runner-up", "Lead", "95 %", "");
        foreach (MarginReport margin in report.Margins.Where(m => m.RunnerUp is not null))
        {
            string[] row =
            [
                margin.Cluster,
                margin.Winner,
                margin.RunnerUp!,
                FormattableString.Invariant($"{margin.Lead:0.0000}"),
                FormattableString.Invariant($"[{margin.Low:0.0000}, {margin.High:0.0000}]"),
                margin.Holds ? "" : "rests on noise",
            ];
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        if (table.Rows.Count > 0)
            ReportOutput.Print(table);
    }

    private static void PrintChoice(FitReport report)
    {
        string unit = report.Metric switch { "tpot" => "ms", "e2el" => "s", _ => "unit of cost" };
        string budget = report.Budget is { } limit ? $"within {Amount(report, limit)}" : "without a budget";
        AnsiConsole.WriteLine($"Chosen {budget}: λ* = {Lambda(report.Chosen.Lambda)}, {Describe(report, report.Chosen.Accuracy, report.Chosen.Cost)}");
        AnsiConsole.WriteLine($"  {Assignment(report.Chosen.Assignment)}");
        AnsiConsole.WriteLine($"λ = 0: {Describe(report, report.Unconstrained.Accuracy, report.Unconstrained.Cost)}");
        AnsiConsole.WriteLine(report.Eta is { } eta
            ? FormattableString.Invariant($"η = {eta:0.000} points per {unit} saved")
            : "η is undefined: nothing is saved");
        string gain = FormattableString.Invariant($"{100 * (report.Exact.Accuracy - report.Chosen.Accuracy):0.00}");
        string named = report.Exact.Lambda is { } lambda ? $"the region of λ = {Lambda(lambda)}" : "no λ gives it";
        AnsiConsole.WriteLine($"Exact: {Describe(report, report.Exact.Accuracy, report.Exact.Cost)}, {gain} points above the chosen region ({named})");
        AnsiConsole.WriteLine($"  {Assignment(report.Exact.Assignment)}");
        if (report.Exact.Gap > 0)
            AnsiConsole.WriteLine(FormattableString.Invariant($"  The optimum is at most {100 * report.Exact.Gap:0.0000} points more accurate."));
    }

    // Clusters by model: "0, 2 → A; 1 → B".
    private static string Assignment(IReadOnlyDictionary<string, string> assignment) => string.Join("; ", assignment
        .GroupBy(a => a.Value)
        .Select(g => $"{string.Join(", ", g.Select(a => a.Key))} → {g.Key}"));

    private static string Describe(FitReport report, double accuracy, double cost) => $"{ReportOutput.Percent(accuracy)} at {Amount(report, cost)}";

    private static string Cost(FitReport report) => IsTime(report) ? $"{report.Metric.ToUpperInvariant()} in ms" : "Cost";

    private static string Amount(FitReport report, double cost) => IsTime(report) ? $"{Number(cost)} ms" : LabelFitTables.Price(cost);

    private static string Figure(FitReport report, double cost) => IsTime(report) ? Number(cost) : LabelFitTables.Price(cost);

    private static bool IsTime(FitReport report) => report.Metric != "cost";

    private static string Number(double value) => FormattableString.Invariant($"{value:0.###}") is var text && (text != "0" || value == 0)
        ? text
        : FormattableString.Invariant($"{value:G3}");

    private static string Lambda(double lambda) => FormattableString.Invariant($"{lambda:0.######}");
}
