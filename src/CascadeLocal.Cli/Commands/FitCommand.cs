using System.CommandLine;
using System.CommandLine.Parsing;

using CascadeLocal.Calibration;
using CascadeLocal.Calibration.Plots;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing;
using CascadeLocal.Routing.Statistics;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade fit: decides which model serves which cluster.</summary>
internal static class FitCommand
{
    public static Command Create()
    {
        Command command = new("fit", "Decide which model serves which cluster, from the statistics of a pool");
        Option<string> statistics = new("--stats")
        {
            Description = "Error rates and costs of every model in every cluster, as JSON",
            HelpName = "file",
            Required = true,
        };
        Option<string> metric = new("--metric")
        {
            Description = "What a cost is: time per output token or latency of a request (default: tpot)",
            HelpName = "tpot|e2el",
            DefaultValueFactory = _ => "tpot",
        };
        metric.AcceptOnlyFromAmong("tpot", "e2el");
        Option<string> costBy = new("--cost-by")
        {
            Description = "What the routing prices: a model over all clusters, or in each cluster (default: model)",
            HelpName = "model|cluster",
            DefaultValueFactory = _ => "model",
        };
        costBy.AcceptOnlyFromAmong("model", "cluster");
        Option<double?> budget = new("--budget")
        {
            Description = "The greatest mean cost of a query, such as 20ms or 1.2s (default: no limit)",
            HelpName = "time",
            CustomParser = ParseBudget,
        };
        Option<bool> json = new("--json") { Description = "Print one JSON object on standard output" };
        Option<string?> plot = new("--plot")
        {
            Description = "Draw accuracy against cost into this file",
            HelpName = "file.png|file.svg",
        };
        plot.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } path && !TradeOffPlot.CanWrite(path))
                result.AddError($"--plot '{path}' must end in .png or .svg.");
        });
        foreach (Option option in (Option[])[statistics, metric, costBy, budget, plot, json])
            command.Options.Add(option);
        command.SetAction(result => Run(
            result.GetRequiredValue(statistics),
            new StageOneOptions
            {
                Metric = result.GetValue(metric) == "e2el" ? CostMetric.E2el : CostMetric.Tpot,
                CostBasis = result.GetValue(costBy) == "cluster" ? CostBasis.Cluster : CostBasis.Model,
                Budget = result.GetValue(budget),
            },
            result.GetValue(plot),
            result.GetValue(json)));
        return command;
    }

    private static double? ParseBudget(ArgumentResult argument)
    {
        string text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
        if (Milliseconds.TryParse(text, out double value))
            return value;
        argument.AddError($"--budget '{text}' must be a time above 0, such as 20ms or 1.2s.");
        return null;
    }

    private static int Run(string path, StageOneOptions options, string? plot, bool json)
    {
        StatisticsFile file = StatisticsFile.Read(path);
        foreach (string notice in file.Notices)
            Console.Error.WriteLine(notice);
        StageOneFit fit;
        try
        {
            fit = StageOneFit.Fit(file.Pool, options);
        }
        catch (MissingCostException e)
        {
            throw new DataFileException(path, null, e.Field, e.Message);
        }

        if (plot is not null)
            Draw(fit, plot);
        FitReport report = FitReport.Of(fit);
        if (json)
            ReportOutput.PrintJson(report, ReportJson.Default.FitReport);
        else
            FitTables.Print(report);
        return 0;
    }

    private static void Draw(StageOneFit fit, string path)
    {
        try
        {
            TradeOffPlot.Save(fit, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"{path}: the plot cannot be written: {e.Message}");
        }
    }
}
