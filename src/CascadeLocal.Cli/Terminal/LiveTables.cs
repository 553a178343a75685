using CascadeLocal.Calibration.Evaluation;

using Spectre.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>A live measurement for people.</summary>
internal static class LiveTables
{
    public static void Print(LiveReport report)
    {
        ReportOutput.PrintLine(
            $"{report.Questions} questions, asked of every model in {report.Runs} interleaved runs, {report.Concurrency} at once; {report.Priced} requests priced");
        EvaluationTables.PrintPolicies(report.Policies);
        EvaluationTables.PrintComparison(report.Policies, report.Strongest);
        Table table = ReportOutput.Table("Path", "Share", "Accuracy", "Rejected tokens", "Reused tokens", "Delivered tokens");
        foreach (LivePathReport path in report.Paths)
        {
            table.AddRow(
                Markup.Escape(string.Join(" > ", path.Path)), ReportOutput.Percent(path.Share), ReportOutput.Percent(path.Accuracy),
                Number(path.RejectedTokens), Number(path.ReusedTokens), Number(path.DeliveredTokens));
        }

        ReportOutput.Print(table);
    }

    private static string Number(double value) => FormattableString.Invariant($"{value:0.##}");
}
