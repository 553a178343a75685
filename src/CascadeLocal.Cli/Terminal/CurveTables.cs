using CascadeLocal.Calibration.Curves;

using Spectre.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>Curves for people.</summary>
internal static class CurveTables
{
    public static void Print(CurveReport report)
    {
        string metric = report.Metric is { } name ? $", {report.Priced} of them with a {name} everywhere" : ", without costs";
        ReportOutput.PrintLine(
            $"{report.Questions} questions, {report.N} requests{metric}; from {report.Weak} (0) to {report.Strong} (1); "
            + $"intervals hold 95 %, {Quantity.Plain(report.Draws)} paired draws of questions");
        Table models = ReportOutput.Table("Alone", "Accuracy", "95 %", "Cost");
        foreach (CurveModelReport model in report.Models.Append(report.Routed))
            models.AddRow(Markup.Escape(model.Name), ReportOutput.Percent(model.Accuracy), Markup.Escape(Ends(model.Ci95, 100, "0.0")), LabelFitTables.Price(model.Cost));
        ReportOutput.Print(models);
        PrintAxis(report, "calls", score => score.Calls);
        if (report.Metric is not null)
            PrintAxis(report, "cost", score => score.Cost!);
        if (report.Policy is { } policy)
            PrintPolicy(policy);
        foreach (string notice in report.Notices)
            ReportOutput.PrintLine($"Note: {notice}");
    }

    private static void PrintAxis(CurveReport report, string axis, Func<CurveScoreReport, CurveAxisReport> of)
    {
        Table table = ReportOutput.Table(
            [$"On {axis}", "APGR", "CPT50", "CPT80", "APGR against the query router", .. of(report.Scores[0]).Equal.Select(e => $"Accuracy at {100 * e.Share:0} %")]);
        foreach (CurveScoreReport score in report.Scores)
        {
            CurveAxisReport figures = of(score);
            string[] row =
            [
                score.Name,
                $"{Number(figures.Apgr)} {Ends(figures.ApgrCi95, 1, "0.000")}",
                $"{ReportOutput.Percent(figures.Cpt50)} {Ends(figures.Cpt50Ci95, 100, "0.0")}",
                $"{ReportOutput.Percent(figures.Cpt80)} {Ends(figures.Cpt80Ci95, 100, "0.0")}",
                $"{Number(figures.RouterDifference)} {Ends(figures.RouterDifferenceCi95, 1, "0.000")}",
                .. figures.Equal.Select(e => $"{ReportOutput.Percent(e.Accuracy)} {Ends(e.Ci95, 100, "0.0")}"),
            ];
            table.AddRow([.. row.Select(cell => Markup.Escape(cell.Trim()))]);
        }

        ReportOutput.Print(table);
    }

    private static void PrintPolicy(CurvePolicyReport policy)
    {
        ReportOutput.PrintLine(
            $"The policy as it serves: {ReportOutput.Percent(policy.Point.Accuracy)} {Ends(policy.Point.Ci95, 100, "0.0")} at {ReportOutput.Percent(policy.Share)} of the way. "
            + "At the same cost:");
        Table table = ReportOutput.Table("", "Accuracy", "The policy is better by, in points");
        foreach (EqualCostReport other in policy.EqualCost)
        {
            string better = FormattableString.Invariant($"{100 * other.Difference:0.00}");
            table.AddRow(Markup.Escape(other.Name), ReportOutput.Percent(other.Accuracy), Markup.Escape($"{better} {Ends(other.DifferenceCi95, 100, "0.0")}"));
        }

        ReportOutput.Print(table);
    }

    private static string Number(double? value) => FormattableString.Invariant($"{value:0.000}");

    private static string Ends(IReadOnlyList<double>? ends, double scale, string format) => ends is null ? "" : string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"[{(scale * ends[0]).ToString(format, System.Globalization.CultureInfo.InvariantCulture)}, {(scale * ends[1]).ToString(format, System.Globalization.CultureInfo.InvariantCulture)}]");
}
