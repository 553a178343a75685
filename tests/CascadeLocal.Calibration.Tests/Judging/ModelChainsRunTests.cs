using System.Globalization;
using System.IO.Compression;

using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Queries;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Judging;

/// <summary>
/// Answers of five published models, of which one number is known, the confidence: the judges that a fit makes of 65 % of the questions,
/// on the other 35 %, beside that number alone.
/// </summary>
public sealed class ModelChainsRunTests(ITestOutputHelper output)
{
    private const int Cuts = 20;

    [Theory(Explicit = true, Timeout = 3_600_000)]
    [InlineData("mmlu-llama-test")]
    [InlineData("triviaqa-llama-test")]
    [InlineData("truthfulqa-llama-test")]
    public async Task Judges_rank_no_worse_than_the_bare_confidence(string name)
    {
        EmbeddedTable labels = await ReadAsync(name);
        Dictionary<string, List<(double Judge, double Bare, string Inputs)>> results = [];
        for (ulong seed = 0; seed < Cuts; seed++)
        {
            CascadeFit fit = CascadeFit.Of(
                CascadeLabels.Split(labels, 0.35, seed),
                new() { StageOne = new() { Routing = new() { Metric = CostMetric.E2el }, Seed = seed }, CertifyShare = 0.35 },
                cancellationToken: TestContext.Current.CancellationToken);
            for (int model = 0; model < fit.Judged.Count; model++)
            {
                if (fit.Judged[model]?.Fit is not { Judge: not null } judge)
                    continue;
                int[] kept = [.. fit.Questions.Certify];
                double[] correct = [.. kept.Select(q => fit.Questions.Questions[q].Answers[model].Correct)];
                results.TryAdd(fit.Questions.Models[model], []);
                results[fit.Questions.Models[model]].Add((
                    Ranking.Auroc([.. kept.Select(q => judge.OwnAtEnd[q])], correct)!.Value,
                    Ranking.Auroc([.. kept.Select(q => (double)fit.Table.Rows[q][model].Confidence!.Value)], correct)!.Value,
                    judge.Inputs.ToString()));
            }
        }

        output.WriteLine(name);
        foreach ((string model, var cuts) in results)
        {
            string inputs = string.Join(", ", cuts.CountBy(cut => cut.Inputs).OrderByDescending(count => count.Value).Select(count => $"{count.Key} {count.Value}"));
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{model,-14} judge {cuts.Average(c => c.Judge):0.000}, confidence {cuts.Average(c => c.Bare):0.000}, {cuts.Count} cuts; sees {inputs}"));
        }

        Assert.All(results.Values, cuts => Assert.True(cuts.Average(c => c.Judge) >= cuts.Average(c => c.Bare) - 0.005));
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
}
