using System.CommandLine;

using CascadeLocal.Calibration.DecisionLogs;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade fit --from-log: recalibrates the judges of a policy by feedback.</summary>
internal static class LogFitRun
{
    public static int Run(IReadOnlyList<string> logs, LabelFlags labels, FitFlags flags, ParseResult result, CancellationToken cancellationToken)
    {
        string folder = result.GetValue(labels.Policy)!;
        Policy policy = PolicyFiles.Read(folder);
        LoggedTraffic log = LoggedTraffic.Read(logs, cancellationToken);
        (Policy recalibrated, RecalibrationReport report) = LogRecalibration.Of(policy, PolicyFolder.VersionOf(folder), log);
        if (report.Changed)
            PolicyFiles.Write(result.GetValue(labels.Out) ?? folder, recalibrated);
        else
            Console.Error.WriteLine($"Nothing is written: the policy in {folder} stays as it is.");
        if (flags.Json(result))
        {
            ReportOutput.PrintJson(report, RecalibrationJson.Default.RecalibrationReport);
            return 0;
        }

        ReportOutput.PrintLine($"Policy {report.Policy}, {report.Requests} of its requests");
        foreach (string sentence in report.Members.Select(member => member.Note).Concat(report.Notices))
            ReportOutput.PrintLine(sentence);
        return 0;
    }
}
