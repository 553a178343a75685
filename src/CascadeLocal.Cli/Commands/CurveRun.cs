using System.CommandLine;

using CascadeLocal.Calibration.Curves;
using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Plots;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade report --curve: what labels allow at every price, and what a policy makes of it.</summary>
internal static class CurveRun
{
    public static async Task<int> RunAsync(ReportFlags flags, ParseResult result, CancellationToken cancellationToken)
    {
        PlotOutput.Check(result.GetValue(flags.Plot));
        string path = result.GetValue(flags.Labels)!;
        Policy? policy = result.GetValue(flags.Policy) is { } folder ? PolicyFiles.Read(folder) : null;
        LabelOptions reading = new() { Queries = result.GetValue(flags.Queries), WithSignals = true, Prices = flags.Prices.Of(result) };
        LabelSet set = LabelSet.Read(path, reading, cancellationToken);
        RecordedRequests requests = policy is null ? RecordedRequests.Of(set, ModelsOf(set), path) : RecordedRequests.Of(set, policy, path);
        if (result.GetValue(flags.Cost))
            requests.CheckCosts(path);
        EmbeddedTexts embedded = await EmbeddedTexts.OfAsync(path, requests.Texts, result.GetValue(flags.Encoder), cancellationToken);
        if (policy is not null)
        {
            EvaluationRun.CheckMembers(result.GetValue(flags.Policy)!, policy, set);
            EvaluationRun.CheckEmbedder(result.GetValue(flags.Policy)!, policy, embedded);
        }

        CurveOptions options = new() { Metric = result.GetValue(flags.Cost) ? CostMetric.Cost : MetricOf(set, policy), Seed = result.GetValue(flags.Seed) };
        CurveReport report = await StageProgress.RunAsync("Comparing", progress => Task.Run(
            () => CurveReport.Of(requests, embedded.Vectors, policy, options, path, progress, cancellationToken), cancellationToken));
        report = report with { Notices = [.. set.Notices, .. report.Notices] };
        if (result.GetValue(flags.Json))
            ReportOutput.PrintJson(report, CurveJson.Default.CurveReport);
        else
            CurveTables.Print(report);
        PlotOutput.Write(result.GetValue(flags.Plot), plot => CurvePlot.Save(report, plot));
        return 0;
    }

    private static string[] ModelsOf(LabelSet set) => [.. (set.Members?.Select(member => member.Name) ?? set.Rows.Select(row => row.Model))
        .Distinct().Where(name => set.Rows.Any(row => row.Model == name))];

    // The policy's metric; else the first cost that all answers have.
    private static CostMetric? MetricOf(LabelSet set, Policy? policy)
    {
        if (policy is not null)
            return policy.Options.Metric;
        return set.Rows.All(row => row.CostUsd is not null) ? CostMetric.Cost
            : set.Rows.Any(row => row.TpotMs is not null) ? CostMetric.Tpot
            : set.Rows.Any(row => row.E2elMs is not null) ? CostMetric.E2el
            : null;
    }
}
