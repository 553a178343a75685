using System.CommandLine;

using CascadeLocal.Calibration.Plots;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade report: what a policy is worth, on held-out questions or on the traffic that a log shows.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        Command command = new("report", "Say what a policy is worth, on labels of held-out questions or on the traffic of a decision log");
        ReportFlags flags = new(command);
        command.Validators.Add(result =>
        {
            bool hasLabels = result.GetValue(flags.Labels) is not null;
            bool isLive = result.GetValue(flags.Live) is not null;
            bool[] sources = [hasLabels, result.GetValue(flags.Logs) is { Length: > 0 }, isLive];
            if (sources.Count(given => given) != 1)
                result.AddError("report needs one of --labels, --from-log and --live.");
            if (isLive && (result.GetValue(flags.Server) is null || result.GetValue(flags.Models) is not { Length: > 0 }))
                result.AddError("report --live needs the running server (--server) and what to ask it for (--model).");
            bool isCurve = result.GetValue(flags.Curve);
            if (hasLabels && !isCurve && result.GetValue(flags.Policy) is null)
                result.AddError("report --labels needs the policy that is to be judged (--policy), or --curve.");
            foreach (Option option in (Option[])[flags.Ablation, flags.Server])
            {
                if (isCurve && result.GetResult(option) is { Implicit: false })
                    result.AddError($"{option.Name} does not go with --curve.");
            }

            foreach (Option option in flags.OfLabelsAlone)
            {
                if (!hasLabels && result.GetResult(option) is { Implicit: false })
                    result.AddError($"{option.Name} goes with --labels.");
            }

            if (result.GetValue(flags.Plot) is { } path && !TradeOffPlot.CanWrite(path))
                result.AddError($"--plot '{path}' must end in .png or .svg.");
            if (result.GetValue(flags.Server) is { } server && !IsHttp(server))
                result.AddError($"--server '{server}' must be an address such as http://127.0.0.1:8080.");
        });
        command.SetAction((result, cancellationToken) => result.GetValue(flags.Curve)
            ? CurveRun.RunAsync(flags, result, cancellationToken)
            : result.GetValue(flags.Labels) is not null ? EvaluationRun.RunAsync(flags, result, cancellationToken)
            : result.GetValue(flags.Live) is not null ? LiveReportRun.RunAsync(flags, result, cancellationToken)
            : Task.FromResult(LogReportRun.Run(flags, result, cancellationToken)));
        return command;
    }

    private static bool IsHttp(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);
}
