using System.CommandLine;

using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade fit --labels with a share to keep or a budget: both stages.</summary>
internal static class CascadeFitRun
{
    public static async Task<int> RunAsync(
        LabelFlags labels, StageTwoFlags judging, FitFlags flags, CascadeFitOptions options, ParseResult result, CancellationToken cancellationToken)
    {
        string path = result.GetValue(labels.Labels)!;
        LabelSet set = LabelFitRun.Read(path, labels, result, withSignals: true, cancellationToken);
        QuestionTable table = QuestionTable.Of(set, path);
        LabelFitRun.CheckStated(options.StageOne, table, path);
        EmbeddedTexts embedded = await EmbeddedTexts.OfAsync(path, table.Texts, result.GetValue(labels.Encoder), cancellationToken);
        EmbeddedTable all = new(table, embedded.Vectors);
        CascadeLabels parts = result.GetValue(judging.Certify) is { } certify
            ? CascadeLabels.Of(all, await CertifyingAsync(certify, set, table, labels, result, cancellationToken))
            : options.CertifyShare == 0 ? CascadeLabels.All(all)
            : CascadeLabels.Split(all, options.CertifyShare, options.StageOne.Seed);
        CascadeFit fit = await StageProgress.RunAsync("Fitting", progress => Task.Run(
            () => Fit(path, parts, options, progress, cancellationToken), cancellationToken));
        foreach (string notice in set.Notices.Concat(fit.Notices))
            Console.Error.WriteLine(notice);

        if (result.GetValue(labels.Out) is { } folder)
            PolicyFiles.Write(folder, CascadePolicy.Of(fit, embedded.Embedder, set));
        CascadeFitReport report = CascadeFitReport.Of(fit, embedded.Embedder.Name, set.GradedBy);
        if (flags.Json(result))
            ReportOutput.PrintJson(report, ReportJson.Default.CascadeFitReport);
        else
            CascadeFitTables.Print(report);
        flags.Draw(result, fit.StageOne.Fit);
        return 0;
    }

    private static async Task<EmbeddedTable> CertifyingAsync(
        string path, LabelSet fitted, QuestionTable table, LabelFlags labels, ParseResult result, CancellationToken cancellationToken)
    {
        LabelSet set = LabelFitRun.Read(path, labels, result, withSignals: true, cancellationToken);
        if (table.Models.FirstOrDefault(name => set.Rows.All(row => row.Model != name)) is { } missing)
            throw new DataFileException(path, null, "model", $"no row is of {missing}, which is fitted to");
        foreach (string name in table.Models)
        {
            (string? one, string? other) = (Fingerprint(fitted, name), Fingerprint(set, name));
            if (one is not null && other is not null && one != other)
                throw new DataFileException(path, null, "members", $"the labels of {name} are of another model file than those that are fitted to");
        }

        // In the order of the models that are fitted to.
        LabelMember[] members = [.. table.Models.Select(name => new LabelMember(name, Fingerprint(set, name), null))];
        QuestionTable certify = QuestionTable.Of(
            new(set.Rows.Where(row => table.Models.Contains(row.Model)).ToArray(), members, set.Notices), path);
        foreach (string notice in set.Notices.Concat(certify.Notices))
            Console.Error.WriteLine($"{path}: {notice}");
        EmbeddedTexts embedded = await EmbeddedTexts.OfAsync(path, certify.Texts, result.GetValue(labels.Encoder), cancellationToken);
        return new(certify, embedded.Vectors);
    }

    private static string? Fingerprint(LabelSet set, string name) => set.Members?.FirstOrDefault(member => member.Name == name)?.Fingerprint;

    private static CascadeFit Fit(
        string path, CascadeLabels labels, CascadeFitOptions options, IProgress<double> progress, CancellationToken cancellationToken)
    {
        try
        {
            return CascadeFit.Of(labels, options, progress, cancellationToken);
        }
        catch (MissingCostException e)
        {
            throw new DataFileException(path, null, e.Field, e.Message);
        }
    }
}
