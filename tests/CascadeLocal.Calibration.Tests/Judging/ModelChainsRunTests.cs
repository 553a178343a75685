using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;

using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Heads;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Queries;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Judging;

/// <summary>
/// Answers of five published models, of which one number is known, the confidence: the judges that a fit makes of 65 % of the questions,
/// on the other 35 %, beside that number alone. Clusters are not searched for, there are always eight.
/// </summary>
public sealed class ModelChainsRunTests(ITestOutputHelper output)
{
    private const int Cuts = 20;
    private const double Kept = 0.35;
    private const int Clusters = 8;

    [Theory(Explicit = true, Timeout = 3_600_000)]
    [InlineData("mmlu-llama-test")]
    [InlineData("triviaqa-llama-test")]
    [InlineData("truthfulqa-llama-test")]
    public async Task Judges_rank_no_worse_than_the_bare_confidence(string name)
    {
        EmbeddedTable labels = await ReadAsync(name);
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        ConcurrentBag<Rank> ranks = [];
        Parallel.For(
            0,
            Cuts,
            new() { MaxDegreeOfParallelism = 2, CancellationToken = cancellationToken },
            cut => Ranks(labels, (ulong)cut, cancellationToken).ForEach(ranks.Add));

        output.WriteLine(name);
        Rank[][] members = [.. ranks.GroupBy(rank => rank.Model).OrderBy(member => member.Key).Select(member => member.ToArray())];
        foreach (Rank[] cuts in members)
        {
            string inputs = string.Join(", ", cuts.CountBy(cut => cut.Inputs).OrderByDescending(count => count.Value).Select(count => $"{count.Key} {count.Value}"));
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{labels.Table.Models[cuts[0].Model],-14} judge {cuts.Average(c => c.Judge):0.000}, confidence {cuts.Average(c => c.Bare):0.000}, least difference {cuts.Min(c => c.Judge - c.Bare):0.000}, calibration error {cuts.Average(c => c.Error):0.000}, {cuts.Length} cuts; sees {inputs}"));
        }

        double gained = members.Average(cuts => cuts.Average(c => c.Judge - c.Bare));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"mean over members {gained:+0.000;-0.000;0.000}"));
        Assert.All(members, cuts => Assert.True(cuts.Average(c => c.Judge - c.Bare) >= -0.005));
    }

    private static List<Rank> Ranks(EmbeddedTable labels, ulong seed, CancellationToken cancellationToken)
    {
        CascadeLabels cut = CascadeLabels.Split(labels, Kept, seed);
        Centroids centroids = KMeans.Fit(cut.Fit.Texts, new() { Clusters = Clusters, Seed = seed, Restarts = 4 }, cancellationToken).Centroids;
        JudgedTable table = JudgedTable.Of(cut, centroids, new() { Routing = new() { Metric = CostMetric.E2el } });
        QueryProjection projection = QueryProjectionFit.Of(cut.Fit.Texts, new CascadeFitOptions().QueryDimensions);
        int[] kept = [.. table.Questions.Certify];
        List<Rank> ranks = [];
        for (int model = 0; model < table.Questions.Models.Count; model++)
        {
            AnswerFeatures features = new MemberAnswers(table, model, projection).Read(cancellationToken).Features;
            TrainedHead head = HeadTrainer.Choose(JudgeTrainer.Rows(table.Questions, features, [.. table.Questions.Fit], features.Checkpoints.Count, model), new() { Seed = seed });
            double[] correct = [.. kept.Select(q => table.Questions.Questions[q].Answers[model].Correct)];
            double[] chances = [.. kept.Select(q => head.Head!.Probability(features.Of(q, features.Checkpoints.Count)!))];
            ranks.Add(new(
                model,
                Ranking.Auroc(chances, correct)!.Value,
                Ranking.Auroc([.. kept.Select(q => (double)table.Rows[q][model].Confidence!.Value)], correct)!.Value,
                CalibrationError.Expected(chances, correct)!.Value,
                head.Inputs));
        }

        return ranks;
    }

    private static async Task<EmbeddedTable> ReadAsync(string name)
    {
        string? path = RepositoryPaths.Shared is { } shared ? Path.Combine(shared, "data", "model-chains", name + ".jsonl.gz") : null;
        Assert.SkipUnless(File.Exists(path), "../shared/data/model-chains is not there");
        using TemporaryFolder folder = new();
        string file = folder.File(name + ".jsonl");
        await using (GZipStream packed = new(File.OpenRead(path!), CompressionMode.Decompress))
        await using (FileStream unpacked = File.Create(file))
            await packed.CopyToAsync(unpacked, TestContext.Current.CancellationToken);
        QuestionTable table = QuestionTable.Of(LabelSet.Read(file, new() { WithSignals = true }), file);
        using TextEmbedder embedder = TextEmbedder.Load(new());
        VectorCache vectors = new(Path.Combine(Path.GetTempPath(), "cascade-model-chains"), embedder);
        return new(table, await vectors.EmbedAsync(table.Texts, cancellationToken: TestContext.Current.CancellationToken));
    }

    private sealed record Rank(int Model, double Judge, double Bare, double Error, HeadInputs Inputs);
}
