using CascadeLocal.Calibration.Replay;

using Spectre.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>A replay for people.</summary>
internal static class ReplayTables
{
    public static void Print(ReplayReport report)
    {
        AnsiConsole.WriteLine(
            $"{report.Dataset}: {Quantity.Plain(report.NTrain)} questions to learn from, {Quantity.Plain(report.NTest)} to judge, {report.Seeds} seeds");
        if (report.Pool is { } pool)
            PrintPool(report, pool);
        else
            PrintScores(report);
        if (report.CostAxis.Count > 0)
            PrintCosts(report);
        AnsiConsole.WriteLine(FormattableString.Invariant($"One fit takes {report.FitMs:0} ms."));
    }

    private static void PrintScores(ReplayReport report)
    {
        Table table = ReportOutput.Table("Score", "Questions", "Weak", "Strong", "APGR ± of seeds", "95 % of questions", "CPT50", "CPT80");
        foreach (ScoreReport score in report.Scores)
        {
            string[] row =
            [
                score.Score,
                Quantity.Plain(score.N),
                ReportOutput.Percent(score.Weak),
                ReportOutput.Percent(score.Strong),
                FormattableString.Invariant($"{score.Apgr:0.000} ± {score.ApgrDeviation:0.000}"),
                score.ApgrCi95 is { } ends ? FormattableString.Invariant($"[{ends[0]:0.000}, {ends[1]:0.000}]") : "",
                ReportOutput.Percent(score.Cpt50),
                ReportOutput.Percent(score.Cpt80),
            ];
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        ReportOutput.Print(table);
    }

    private static void PrintCosts(ReplayReport report)
    {
        AnsiConsole.WriteLine("The same in cost: the weak model is paid for on every question.");
        Table table = ReportOutput.Table("Weak / strong cost", "APGR", "CPT50", "CPT80");
        foreach (CostReport cost in report.CostAxis)
        {
            table.AddRow(
                FormattableString.Invariant($"{cost.Ratio}"),
                FormattableString.Invariant($"{cost.Apgr:0.000}"),
                ReportOutput.Percent(cost.Cpt50),
                ReportOutput.Percent(cost.Cpt80));
        }

        ReportOutput.Print(table);
    }

    private static void PrintPool(ReplayReport report, PoolReport pool)
    {
        if (pool.Removed > 0)
            AnsiConsole.WriteLine($"{Quantity.Plain(pool.Removed)} test questions were left out: they are among those to learn from.");
        Table table = ReportOutput.Table("", "Accuracy");
        table.AddRow("best model for each question", ReportOutput.Percent(pool.Oracle));
        string deviation = FormattableString.Invariant($"{100 * pool.AccuracyDeviation:0.00}");
        table.AddRow($"routed by {Markup.Escape(report.Score)}", $"{ReportOutput.Percent(pool.Accuracy)} ± {deviation} of seeds{Questions(pool.AccuracyCi95)}");
        foreach ((string model, double accuracy) in pool.Models.OrderByDescending(model => model.Value))
            table.AddRow(Markup.Escape(model == pool.BestSingle ? $"{model} (best in training)" : model), ReportOutput.Percent(accuracy));
        ReportOutput.Print(table);
    }

    private static string Questions(IReadOnlyList<double>? ends) =>
        ends is null ? "" : Markup.Escape(FormattableString.Invariant($" [{100 * ends[0]:0.0}, {100 * ends[1]:0.0}] of questions"));
}
