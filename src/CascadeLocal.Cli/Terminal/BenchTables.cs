using System.Text.Json;
using System.Text.Json.Nodes;

using CascadeLocal.Calibration.Load;

using Spectre.Console;

namespace CascadeLocal.Cli.Terminal;

/// <summary>Measurements of load for people, and as JSON.</summary>
internal static class BenchTables
{
    /// <summary>Says on standard error that a run has ended.</summary>
    public static void Progress(LoadRunReport run, int rounds) => Console.Error.WriteLine(FormattableString.Invariant(
        $"{run.Url} {run.Model}, {AtOnce(run.Concurrency)}, round {run.Round} of {rounds}: {run.Figures.OutputTokensPerS:0.0} tokens/s, {run.Figures.Failed} of {run.Figures.Requests} failed"));

    /// <summary>All runs with what was compared; where one alone was asked for, that one, its figures beside what they are of.</summary>
    public static void PrintJson(LoadReport report, bool isSingle)
    {
        if (!isSingle)
        {
            ReportOutput.PrintJson(report, LoadJson.Default.LoadReport);
            return;
        }

        JsonObject run = JsonSerializer.SerializeToNode(report.Runs[0], LoadJson.Default.LoadRunReport)!.AsObject();
        run.Remove("figures", out JsonNode? figures);
        foreach ((string name, JsonNode? value) in figures!.AsObject())
            run.Add(name, value?.DeepClone());
        run.Add("options", JsonSerializer.SerializeToNode(report.Options, LoadJson.Default.LoadSettings));
        ReportOutput.PrintJson(run, LoadJson.Default.JsonObject);
    }

    public static void Print(LoadReport report)
    {
        bool isOpen = report.Options.Rate is not null;
        Table table = ReportOutput.Table(
            "Endpoint", "Load", "Round", "Requests", "Failed", "Tokens/s", "TTFT p50 / p99", "TPOT mean / p99", "ITL p99", "E2EL p50 / p99", "Goodput/s");
        if (isOpen)
            table.AddColumn("Unsent p50 / p99");
        foreach (LoadRunReport run in report.Runs)
        {
            LoadFigures figures = run.Figures;
            string[] row =
            [
                $"{run.Url} {run.Model}", Load(report.Options, run.Concurrency), Quantity.Plain(run.Round), Quantity.Plain(figures.Requests), Quantity.Plain(figures.Failed),
                FormattableString.Invariant($"{figures.OutputTokensPerS:0.0}"),
                Pair(figures.TtftMs?.P50, figures.TtftMs?.P99), Pair(figures.TpotMs?.Mean, figures.TpotMs?.P99), Ms(figures.ItlMs?.P99),
                Pair(figures.E2elMs?.P50, figures.E2elMs?.P99), FormattableString.Invariant($"{figures.Goodput:0.00}"),
                .. isOpen ? (string[])[Pair(figures.QueueMs?.P50, figures.QueueMs?.P99)] : [],
            ];
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        ReportOutput.Print(table);
        foreach ((string reason, int count) in report.Runs.SelectMany(run => run.Figures.Failures))
            ReportOutput.PrintLine($"{count} failed: {reason}");
        ReportOutput.PrintLine($"Seed {report.Options.Seed}");
        if (report.Ratios.Count > 0)
            PrintRatios(report.Ratios);
    }

    private static void PrintRatios(IReadOnlyList<LoadComparison> ratios)
    {
        ReportOutput.PrintLine($"{ratios[0].Endpoint} over each other endpoint, with 95 % intervals over rounds:");
        Table table = ReportOutput.Table("Against", "At once", "Tokens/s", "TTFT", "TPOT", "ITL p99", "E2EL");
        foreach (LoadComparison ratio in ratios)
        {
            string[] row =
            [
                ratio.Against, AtOnce(ratio.Concurrency), Text(ratio.OutputTokensPerS), Text(ratio.Ttft), Text(ratio.Tpot), Text(ratio.ItlP99), Text(ratio.E2el),
            ];
            table.AddRow([.. row.Select(Markup.Escape)]);
        }

        ReportOutput.Print(table);
    }

    private static string Load(LoadSettings options, int? concurrency) =>
        options.Rate is { } rate ? FormattableString.Invariant($"{rate}/s{(concurrency is { } most ? $", {most} at once" : "")}") : AtOnce(concurrency);

    private static string AtOnce(int? concurrency) => concurrency is { } count ? $"{count} at once" : "open loop";

    private static string Ms(double? value) => FormattableString.Invariant($"{value:0.0}");

    private static string Pair(double? first, double? second) => first is null ? "" : $"{Ms(first)} / {Ms(second)} ms";

    private static string Text(LoadRatio? ratio) => ratio switch
    {
        null => "",
        { Ci95: [var low, var high] } => FormattableString.Invariant($"{ratio.Value:0.00} [{low:0.00}, {high:0.00}]"),
        _ => FormattableString.Invariant($"{ratio.Value:0.00}"),
    };
}
