using System.CommandLine;

using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Plots;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade report --labels.</summary>
internal static class EvaluationRun
{
    public static async Task<int> RunAsync(ReportFlags flags, ParseResult result, CancellationToken cancellationToken)
    {
        PlotOutput.Check(result.GetValue(flags.Plot));
        string folder = result.GetValue(flags.Policy)!;
        Policy policy = PolicyFiles.Read(folder);
        string path = result.GetValue(flags.Labels)!;
        LabelSet set = LabelSet.Read(
            path,
            new LabelOptions { Queries = result.GetValue(flags.Queries), WithSignals = policy.Escalation is not null, Prices = flags.Prices.Of(result) },
            cancellationToken);
        CheckMembers(folder, policy, set);
        RecordedRequests requests = RecordedRequests.Of(set, policy, path);
        bool byCost = result.GetValue(flags.Cost);
        if (byCost)
            requests.CheckCosts(path);
        EmbeddedTexts embedded = await EmbeddedTexts.OfAsync(path, requests.Texts, result.GetValue(flags.Encoder), cancellationToken);
        CheckEmbedder(folder, policy, embedded);
        EvaluationOptions options = new()
        {
            Seed = result.GetValue(flags.Seed),
            WithAblation = result.GetValue(flags.Ablation),
            GradedBy = set.GradedBy,
            Metric = byCost ? CostMetric.Cost : policy.Options.Metric,
        };
        EvaluationReport report = await StageProgress.RunAsync("Replaying", _ => Task.Run(
            () => EvaluationReport.Of(policy, requests, embedded.Vectors, options, cancellationToken), cancellationToken));
        report = report with
        {
            Agreement = await AskServerAsync(flags, result, requests.Texts, new OfflineRouter(policy, embedded.Vectors), cancellationToken),
            Notices = [.. set.Notices, .. report.Notices],
        };
        if (result.GetValue(flags.Json))
            ReportOutput.PrintJson(report, EvaluationJson.Default.EvaluationReport);
        else
            EvaluationTables.Print(report);
        PlotOutput.Write(result.GetValue(flags.Plot), plot => PolicyPlot.Save(report, plot));
        return 0;
    }

    public static void CheckEmbedder(string folder, Policy policy, EmbeddedTexts embedded)
    {
        if (embedded.Embedder.Fingerprint != policy.Embedder.Fingerprint)
        {
            throw new CommandFailedException(
                $"{folder} is a policy of the embedder {policy.Embedder.Name} ({policy.Embedder.Fingerprint}), "
                + $"not of {embedded.Embedder.Name} ({embedded.Embedder.Fingerprint})");
        }
    }

    // A judge knows how one model answers; of another model under the same name it knows nothing.
    public static void CheckMembers(string folder, Policy policy, LabelSet labels)
    {
        foreach (PolicyMember member in policy.Members)
        {
            string? captured = labels.Members?.FirstOrDefault(label => label.Name == member.Name)?.Fingerprint;
            if (captured is not null && member.Fingerprint is not null && captured != member.Fingerprint)
                throw new CommandFailedException($"{folder} is a policy of another {member.Name} ({member.Fingerprint}) than the labels are of ({captured})");
        }
    }

    private static async Task<AgreementReport?> AskServerAsync(
        ReportFlags flags, ParseResult result, IReadOnlyList<string> texts, OfflineRouter router, CancellationToken cancellationToken)
    {
        if (flags.AddressOf(result) is not { } address)
            return null;
        string? key = flags.KeyOf(result);
        try
        {
            return await StageProgress.RunAsync("Asking the server", progress =>
                LiveDecisions.CompareAsync(address, key, texts, router, progress, cancellationToken));
        }
        catch (HttpRequestException e)
        {
            throw new CommandFailedException($"{address}: {e.Message}");
        }
    }
}
