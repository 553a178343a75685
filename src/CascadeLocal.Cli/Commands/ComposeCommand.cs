using System.CommandLine;

using CascadeLocal.Calibration.Composition;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing.StageOne;

using Spectre.Console;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade compose: what a measured cascade gives and costs in all.</summary>
internal static class ComposeCommand
{
    public static Command Create()
    {
        Command command = new("compose", "Compose the accuracy and cost of a cascade from what its clusters measured");
        Argument<string> file = new("file") { Description = "Statistics, assignment and escalations of the cascade, as JSON" };
        Option<bool> json = new("--json") { Description = "Print one JSON object on standard output" };
        command.Arguments.Add(file);
        command.Options.Add(json);
        command.SetAction(result => Run(result.GetRequiredValue(file), result.GetValue(json)));
        return command;
    }

    private static int Run(string path, bool json)
    {
        CascadeFile cascade = CascadeFile.Read(path);
        foreach (string notice in cascade.Notices)
            Console.Error.WriteLine(notice);
        ComposeReport report;
        try
        {
            report = ComposeReport.Of(cascade.Pool, new CascadeComposition(cascade));
        }
        catch (MissingCostException e)
        {
            throw new DataFileException(path, null, e.Field, e.Message);
        }

        if (json)
            ReportOutput.PrintJson(report, ReportJson.Default.ComposeReport);
        else
            PrintTable(report);
        return 0;
    }

    private static void PrintTable(ComposeReport report)
    {
        Table table = ReportOutput.Table("", "Accuracy", "TPOT", "E2EL");
        table.AddRow("cascade", ReportOutput.Percent(report.Accuracy), Tpot(report.TpotMs), E2el(report.E2elMs));
        table.AddRow(
            Markup.Escape($"{report.Strongest} alone"),
            ReportOutput.Percent(report.StrongestAccuracy),
            Tpot(report.StrongestTpotMs),
            E2el(report.StrongestE2elMs));
        table.AddRow(
            "retained, saved", ReportOutput.Percent(report.Retained), ReportOutput.Percent(report.TpotSaving), ReportOutput.Percent(report.E2elSaving));
        ReportOutput.Print(table);
    }

    private static string Tpot(double? ms) => ms is { } value ? FormattableString.Invariant($"{value:0.000} ms") : "";

    private static string E2el(double? ms) => ms is { } value ? FormattableString.Invariant($"{value / 1000:0.000} s") : "";
}
