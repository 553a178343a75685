using System.CommandLine;

using CascadeLocal.Calibration.DecisionLogs;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade report --from-log.</summary>
internal static class LogReportRun
{
    public static int Run(ReportFlags flags, ParseResult result, CancellationToken cancellationToken)
    {
        LoggedTraffic log = LoggedTraffic.Read(result.GetValue(flags.Logs)!, cancellationToken);
        LogReport report = LogReport.Of(log, result.GetValue(flags.Policy) is { } folder ? (PolicyFiles.Read(folder), PolicyFolder.VersionOf(folder)) : null);
        if (result.GetValue(flags.Json))
            ReportOutput.PrintJson(report, LogJson.Default.LogReport);
        else
            LogTables.Print(report);
        return 0;
    }
}
