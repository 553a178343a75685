using System.CommandLine;

using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade fit --add: folds a member into a policy from a few labels of its own.</summary>
internal static class MemberFit
{
    public static async Task<int> RunAsync(
        string model, LabelFlags labels, FitFlags flags, ParseResult result, CancellationToken cancellationToken)
    {
        string folder = result.GetValue(labels.Policy)!;
        Policy policy = PolicyFiles.Read(folder);
        double? stated = labels.StatedOf(model, policy.Options.Metric, result);
        string target = result.GetValue(labels.Out) ?? folder;
        PolicyFiles.CheckWritable(target);
        PlotOutput.Check(flags.Plot(result));
        string path = result.GetValue(labels.Labels)!;
        LabelSet set = LabelFitRun.Read(path, labels, result, withSignals: policy.Escalation is not null, cancellationToken);
        foreach (string notice in set.Notices)
            Console.Error.WriteLine(notice);
        string? strongest = policy.Escalation is { } stage ? policy.Members[stage.Target].Name : null;
        LabelRow[] used = [.. set.Rows.Where(row => row.Model == model || row.Model == strongest)];
        LabelRow[] rows = [.. used.Where(row => row.Model == model)];
        if (rows.Length == 0)
            throw new DataFileException(path, null, "model", $"no row is of {model}");
        if (used.Length < set.Rows.Count)
            Console.Error.WriteLine($"{set.Rows.Count - used.Length} of {set.Rows.Count} rows are of other models and are left out");

        EmbeddedTexts embedded = await EmbeddedTexts.OfAsync(
            path, [.. rows.Select(row => row.Prompt)], result.GetValue(labels.Encoder), cancellationToken);
        if (embedded.Embedder.Fingerprint != policy.Embedder.Fingerprint)
            throw new CommandFailedException(
                $"{folder} is a policy of the embedder {policy.Embedder.Name} ({policy.Embedder.Fingerprint}), not of {embedded.Embedder.Name} ({embedded.Embedder.Fingerprint})");
        StageOneFit fit;
        try
        {
            fit = MemberProbe.Fit(policy, model, rows, embedded.Vectors, stated);
        }
        catch (MissingCostException e)
        {
            throw new DataFileException(path, null, e.Field, e.Message);
        }

        string? fingerprint = set.Members?.FirstOrDefault(member => member.Name == model)?.Fingerprint;
        MemberJudging judged = await Task.Run(
            () => MemberJudging.Of(
                policy,
                fit,
                new PolicyMember(model, fingerprint),
                used,
                rows.Select((row, i) => (row.Prompt, i)).DistinctBy(p => p.Prompt).ToDictionary(p => p.Prompt, p => embedded.Vectors[p.i].ToArray()),
                cancellationToken: cancellationToken),
            cancellationToken);
        foreach (string notice in judged.Notices)
            Console.Error.WriteLine(notice);
        PolicyFiles.Write(target, judged.Policy);
        FitReport report = FitReport.Of(fit, MemberProbe.Evidence(policy, fit, model, rows, embedded.Vectors));
        if (flags.Json(result))
            ReportOutput.PrintJson(report, ReportJson.Default.FitReport);
        else
            FitTables.Print(report);
        flags.Draw(result, fit);
        return 0;
    }
}
