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
            bool isCurve = result.GetValue(flags.Curve);
            (Option Of, IEnumerable<Option> Beside)[] sources = [(flags.Live, flags.BesideLive), (flags.Logs, flags.BesideLog), (flags.Labels, flags.BesideLabels)];
            if (sources.FirstOrDefault(source => result.IsGiven(source.Of)) is not ({ } of, var beside))
            {
                result.AddError("report needs one of --labels, --from-log and --live.");
                return;
            }

            result.AllowBeside(of, beside);
            if (of == flags.Live && !(result.IsGiven(flags.Server) && result.IsGiven(flags.Models)))
                result.AddError("report --live needs the running server (--server) and what to ask it for (--model).");
            if (of == flags.Labels && !isCurve && !result.IsGiven(flags.Policy))
                result.AddError("report --labels needs the policy that is to be judged (--policy), or --curve.");
            if (isCurve)
                result.AllowBeside(flags.Curve, beside.Except([flags.Ablation, flags.Server, flags.Key]).Append(of));
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
