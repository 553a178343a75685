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
            if (result.GetValue(logs) is { Length: > 0 })
            {
                if (result.GetValue(labels.Policy) is null)
                    result.AddError("--from-log needs the policy that is to be recalibrated (--policy).");
                foreach (Option other in command.Options.Except([logs, labels.Policy, labels.Out, flags.JsonOption]))
                {
                    if (result.GetResult(other) is { Implicit: false })
                        result.AddError($"{other.Name} does not go with --from-log.");
                }

                return;
            }

            bool hasStatistics = result.GetValue(statistics) is not null;
            if (hasStatistics && result.GetValue(labels.Prices.Option) is { Length: > 0 })
                result.AddError("--price is about the tokens of --labels; with --stats, costs are in the file (cost, cluster_cost).");
            bool judges = judging.AnyGiven(result);
            bool adds = result.GetValue(labels.Add) is not null;
            if (hasStatistics == result.GetValue(labels.Labels) is not null)
                result.AddError("fit needs one of --stats, --labels and --from-log.");
            if (hasStatistics && (adds || result.GetValue(labels.Out) is not null))
                result.AddError("A policy needs clusters, so --labels and not --stats.");
            if (judges && (hasStatistics || adds))
                result.AddError("Answers are judged from labels of all members: --labels, and neither --stats nor --add.");
            foreach (string problem in judging.Problems(result, flags.HasBudget(result)).Concat(flags.Problems(result)).Concat(labels.Problems(result, clusters: !hasStatistics && !adds)))
                result.AddError(problem);
            if (adds != result.GetValue(labels.Policy) is not null)
                result.AddError("--add names a model and --policy the policy it joins; give both. --policy also goes with --from-log.");
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
