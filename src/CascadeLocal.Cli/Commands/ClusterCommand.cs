using System.CommandLine;

using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Queries;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Cli.Terminal;
using CascadeLocal.Routing.Policies;

using Spectre.Console;

namespace CascadeLocal.Cli.Commands;

/// <summary>cascade cluster: which kinds of queries there are.</summary>
internal static class ClusterCommand
{
    private const int MostExampleLength = 100;

    public static Command Create()
    {
        Command command = new("cluster", "Group questions by what they are about");
        Option<string?> data = new("--data") { Description = "Questions with a prompt or messages, as .jsonl or .jsonl.gz", HelpName = "file" };
        Option<string?> labels = new("--labels") { Description = "Labels, whose prompts are grouped: a file or a folder", HelpName = "file|folder" };
        Option<string?> queries = new("--queries") { Description = "The questions, from which labels without a prompt take theirs by id", HelpName = "file" };
        Option<string?> encoder = new("--encoder") { Description = "A HuggingFace folder of another BERT-family encoder", HelpName = "folder" };
        Option<string?> clusters = new("--k") { Description = "How many clusters (default: silhouette)", HelpName = "silhouette|N" };
        Option<string?> policy = new("--policy")
        {
            Description = "Put the questions into the clusters of this policy instead, and say how many are unlike all that it was fitted to",
            HelpName = "folder",
        };
        Option<int> examples = new Option<int>("--examples")
        {
            Description = "How many prompts of each cluster to show",
            DefaultValueFactory = _ => 3,
        }.From(0);
        Option<ulong> seed = new("--seed") { Description = "Decides the clusters (default: 0)" };
        Option<bool> json = new("--json") { Description = "Print one JSON object on standard output" };
        foreach (Option option in (Option[])[data, labels, queries, encoder, clusters, policy, examples, seed, json])
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(data) is null == result.GetValue(labels) is null)
                result.AddError("cluster needs either --data or --labels.");
            if (result.GetValue(clusters) is { } text && text != "silhouette" && LabelFlags.ParseCount(text) is null)
                result.AddError($"--k '{text}' must be silhouette or a number from 1.");
            if (result.GetValue(policy) is not null && ((Option[])[clusters, seed]).Any(result.IsGiven))
                result.AddError("--policy has clusters already; --k and --seed are about new ones.");
        });
        command.SetAction(async (result, cancellationToken) =>
        {
            string path = result.GetValue(data) ?? result.GetValue(labels)!;
            IReadOnlyList<string> texts = result.GetValue(data) is { } file
                ? QueryFile.ReadTexts(file)
                : ReadPrompts(path, result.GetValue(queries), cancellationToken);
            (Policy Policy, string Version)? fitted = result.GetValue(policy) is { } folder ? (PolicyFiles.Read(folder), PolicyFolder.VersionOf(folder)) : null;
            EmbeddedTexts embedded = await EmbeddedTexts.OfAsync(path, texts, result.GetValue(encoder), cancellationToken);
            if (fitted is { } known)
            {
                EvaluationRun.CheckEmbedder(result.GetValue(policy)!, known.Policy, embedded);
                PlacementReport placement = PlacementReport.Of(known.Policy, known.Version, texts, embedded.Vectors, result.GetValue(examples));
                if (result.GetValue(json))
                    ReportOutput.PrintJson(placement, ReportJson.Default.PlacementReport);
                else
                    Print(placement);
                return 0;
            }

            SilhouetteChoice silhouette = SilhouetteChoice.Fit(embedded.Vectors, result.GetValue(seed), cancellationToken: cancellationToken);
            KMeansResult clustering = LabelFlags.ParseCount(result.GetValue(clusters) ?? "") is { } k
                ? KMeans.Fit(embedded.Vectors, new() { Clusters = k, Seed = result.GetValue(seed) }, cancellationToken)
                : silhouette.Chosen.Result;
            if (clustering.Notice is { } notice)
                await Console.Error.WriteLineAsync(notice);
            ClusterReport report = ClusterReport.Of(
                embedded.Embedder.Name, texts, embedded.Vectors, silhouette, clustering, result.GetValue(examples));
            if (result.GetValue(json))
                ReportOutput.PrintJson(report, ReportJson.Default.ClusterReport);
            else
                Print(report);
            return 0;
        });
        return command;
    }

    // Whoever answered them.
    private static IReadOnlyList<string> ReadPrompts(string path, string? queries, CancellationToken cancellationToken)
    {
        LabelSet set = LabelSet.Read(path, new LabelOptions { Queries = queries }, cancellationToken);
        foreach (string notice in set.Notices)
            Console.Error.WriteLine(notice);
        return set.Prompts;
    }

    private static void Print(ClusterReport report)
    {
        ReportOutput.PrintLine($"{report.Texts} texts in {report.K} clusters by {report.Embedder}");
        Table silhouettes = ReportOutput.Table("k", "Silhouette");
        foreach ((string k, double? value) in report.Silhouette)
            silhouettes.AddRow(k, value is { } number ? FormattableString.Invariant($"{number:0.0000}") : "none");
        ReportOutput.Print(silhouettes);
        Table table = ReportOutput.Table("Cluster", "Size", "Nearest its centroid");
        foreach (ClusterReport.Cluster cluster in report.Clusters)
            table.AddRow(cluster.Name, Quantity.Plain(cluster.Size), Markup.Escape(string.Join('\n', cluster.Examples.Select(Shorten))));
        ReportOutput.Print(table);
    }

    private static void Print(PlacementReport report)
    {
        ReportOutput.PrintLine($"{report.Texts} texts in the {report.Clusters.Count} clusters of policy {report.Policy} by {report.Embedder}");
        Table table = ReportOutput.Table("Cluster", "Size", "Share", "At the fit", "Novel", "Nearest its centroid");
        foreach (PlacementReport.PlacedCluster cluster in report.Clusters)
        {
            table.AddRow(
                Markup.Escape(cluster.Name), Quantity.Plain(cluster.Size), ReportOutput.Percent(cluster.Share), ReportOutput.Percent(cluster.Fit),
                report.Novel is null ? "" : Quantity.Plain(cluster.Novel), Markup.Escape(string.Join('\n', cluster.Examples.Select(Shorten))));
        }

        ReportOutput.Print(table);
        if (report.NovelShare is not { } share)
        {
            ReportOutput.PrintLine("The policy does not say what is novel; one that is fitted anew does");
            return;
        }

        ReportOutput.PrintLine($"Novel: {report.Novel} texts ({ReportOutput.Percent(share)}); of the fitted kind at most {ReportOutput.Percent(report.Alpha)} are");
        foreach (string example in report.NovelExamples)
            ReportOutput.PrintLine($"  {Shorten(example)}");
    }

    private static string Shorten(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= MostExampleLength ? line : $"{line[..MostExampleLength]}…";
    }
}
