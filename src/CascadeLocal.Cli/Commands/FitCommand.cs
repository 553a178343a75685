using System.CommandLine;

using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade fit: decides which model serves which cluster.</summary>
internal static class FitCommand
{
    public static Command Create()
    {
        Command command = new("fit", "Decide which model serves which cluster, from labels or from the statistics of a pool");
        Option<string?> statistics = new("--stats")
        {
            Description = "Error rates and costs of every model in every cluster, as JSON",
            HelpName = "file",
        };
        command.Options.Add(statistics);
        Option<string[]> logs = new("--from-log")
        {
            Description = "Recalibrate the judges of --policy by the feedback in a decision log; its rotated files are read too; may be repeated",
            HelpName = "file",
        };
        command.Options.Add(logs);
        LabelFlags labels = new(command);
        StageTwoFlags judging = new(command);
        FitFlags flags = new(command);
        command.Validators.Add(result =>
        {
            (Option Of, IEnumerable<Option> Allowed)[] modes =
            [
                (logs, [labels.Policy, labels.Out, flags.JsonOption]),
                (labels.Add, labels.BesideAdd.Concat([flags.PlotOption, flags.JsonOption])),
                (statistics, flags.All),
                (labels.Labels, command.Options.Except([statistics, logs, labels.Add, labels.Policy])),
            ];
            if (modes.FirstOrDefault(mode => result.IsGiven(mode.Of)) is not ({ } of, var allowed))
            {
                result.AddError("fit needs one of --stats, --labels and --from-log.");
                return;
            }

            result.AllowBeside(of, allowed);
            if (of == logs && !result.IsGiven(labels.Policy))
                result.AddError("--from-log needs the policy that is to be recalibrated (--policy).");
            if (of == labels.Add && !(result.IsGiven(labels.Labels) && result.IsGiven(labels.Policy)))
                result.AddError("--add needs labels of the model (--labels) and the policy that it joins (--policy).");
            string? metric = result.IsGiven(labels.Add) ? null : flags.MetricOf(result);
            foreach (string problem in judging.Problems(result, flags.HasBudget(result)).Concat(flags.Problems(result)).Concat(labels.Problems(result, metric)))
                result.AddError(problem);
        });
        command.SetAction((result, cancellationToken) =>
            result.GetValue(logs) is { Length: > 0 } files ? Task.FromResult(LogFitRun.Run(files, labels, flags, result, cancellationToken))
            : result.GetValue(statistics) is { } file ? Task.FromResult(FitStatistics(file, flags, result))
            : result.GetValue(labels.Add) is { } model ? MemberFit.RunAsync(model, labels, flags, result, cancellationToken)
            : LabelFitRun.RunAsync(labels, judging, flags, result, cancellationToken));
        return command;
    }

    private static int FitStatistics(string path, FitFlags flags, ParseResult result)
    {
        PlotOutput.Check(flags.Plot(result));
        StatisticsFile file = StatisticsFile.Read(path);
        foreach (string notice in file.Notices)
            Console.Error.WriteLine(notice);
        StageOneFit fit;
        try
        {
            fit = StageOneFit.Fit(file.Pool, flags.Routing(result));
        }
        catch (MissingCostException e)
        {
            throw new DataFileException(path, null, e.Field, e.Message);
        }

        FitReport report = FitReport.Of(fit);
        if (flags.Json(result))
            ReportOutput.PrintJson(report, ReportJson.Default.FitReport);
        else
            FitTables.Print(report);
        flags.Draw(result, fit);
        return 0;
    }
}
