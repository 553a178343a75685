using System.CommandLine;

using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade fit --labels.</summary>
internal static class LabelFitRun
{
    public static async Task<int> RunAsync(
        LabelFlags labels, StageTwoFlags judging, FitFlags flags, ParseResult result, CancellationToken cancellationToken)
    {
        PolicyFiles.CheckWritable(result.GetValue(labels.Out));
        PlotOutput.Check(flags.Plot(result));
        LabelFitOptions options = labels.Fitting(result, flags.Routing(result));
        if (options.Routing.Metric is var metric && metric != CostMetric.Cost && labels.Prices.Of(result).Count > 0)
            Console.Error.WriteLine($"--price is reported beside a plan that is fitted to {metric.Field()}; --metric cost fits to it");
        if (judging.Fitting(result, options) is { } cascade)
            return await CascadeFitRun.RunAsync(labels, judging, flags, cascade, result, cancellationToken);
        string path = result.GetValue(labels.Labels)!;
        LabelSet set = Read(path, labels, result, withSignals: false, cancellationToken);
        QuestionTable table = QuestionTable.Of(set, path);
        CheckStated(options, table, path);
        EmbeddedTexts embedded = await EmbeddedTexts.OfAsync(path, table.Texts, result.GetValue(labels.Encoder), cancellationToken);
        LabelFit fit = await StageProgress.RunAsync("Fitting", progress => Task.Run(
            () => Fit(path, table, embedded, options, progress, cancellationToken), cancellationToken));
        foreach (string notice in set.Notices.Concat(fit.Notices))
            Console.Error.WriteLine(notice);

        if (result.GetValue(labels.Out) is { } folder)
            PolicyFiles.Write(folder, PolicyFactory.Of(fit, embedded.Embedder, set));
        LabelFitReport report = LabelFitReport.Of(fit, embedded.Embedder.Name, set.GradedBy);
        if (flags.Json(result))
            ReportOutput.PrintJson(report, ReportJson.Default.LabelFitReport);
        else
            LabelFitTables.Print(report);
        flags.Draw(result, fit.Fit);
        return 0;
    }

    public static LabelSet Read(
        string path, LabelFlags labels, ParseResult result, bool withSignals, CancellationToken cancellationToken) => LabelSet.Read(
        path, new LabelOptions { Queries = result.GetValue(labels.Queries), WithSignals = withSignals, Prices = labels.Prices.Of(result) }, cancellationToken);

    /// <exception cref="CommandFailedException">A cost is stated of a model that is not there.</exception>
    public static void CheckStated(LabelFitOptions options, QuestionTable table, string path)
    {
        if (options.StatedCosts.Keys.FirstOrDefault(name => !table.Models.Contains(name)) is { } unknown)
            throw new CommandFailedException($"--cost '{unknown}': {path} has no such model; it has {string.Join(", ", table.Models)}");
    }

    private static LabelFit Fit(
        string path, QuestionTable table, EmbeddedTexts embedded, LabelFitOptions options, IProgress<double> progress, CancellationToken cancellationToken)
    {
        try
        {
            return LabelFit.Of(table, embedded.Vectors, options, progress, cancellationToken);
        }
        catch (MissingCostException e)
        {
            throw new DataFileException(path, null, e.Field, e.Message);
        }
    }
}
