using System.CommandLine;
using System.Security.Cryptography;

using CascadeLocal.Calibration.DecisionLogs.Reading;
using CascadeLocal.Calibration.DecisionLogs.Reports;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade report --from-log.</summary>
internal static class LogReportRun
{
    private const int VersionLength = 12;

    public static int Run(ReportFlags flags, ParseResult result, CancellationToken cancellationToken)
    {
        LoggedTraffic log = LoggedTraffic.Read(result.GetValue(flags.Logs)!, cancellationToken);
        LogReport report = LogReport.Of(log, result.GetValue(flags.Policy) is { } folder ? (PolicyFiles.Read(folder), VersionOf(folder)) : null);
        if (result.GetValue(flags.Json))
            ReportOutput.PrintJson(report, LogJson.Default.LogReport);
        else
            LogTables.Print(report);
        return 0;
    }

    // As the server names a policy: the beginning of its document's SHA-256.
    private static string VersionOf(string folder) => Convert.ToHexStringLower(
        SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, PolicyFolder.DocumentName))))[..VersionLength];
}
