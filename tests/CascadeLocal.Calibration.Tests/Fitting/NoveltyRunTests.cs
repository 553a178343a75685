using System.Globalization;
using System.IO.Compression;
using System.Text.Json;

using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Queries;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Fitting;

/// <summary>
/// How many questions of one public set, and how many of others, are novel to clusters of half of that set. Another quarter says how far
/// questions may be, as those for certifying do, or the half itself in folds; the last quarter is asked.
/// </summary>
public sealed class NoveltyRunTests(ITestOutputHelper output)
{
    private const int Cuts = 5;
    private const int Clusters = 16;

    private static readonly double[] Alphas = [0.01, 0.05];

    private static readonly (string Name, string File, string Field)[] Sets =
    [
        ("mmlu", "model-chains/mmlu-llama-test.jsonl.gz", "prompt"),
        ("triviaqa", "model-chains/triviaqa-llama-test.jsonl.gz", "prompt"),
        ("truthfulqa", "model-chains/truthfulqa-llama-test.jsonl.gz", "prompt"),
        ("gsm8k", "gsm8k/test.jsonl.gz", "question"),
        ("real tier", "real-tier/questions.jsonl.gz", "prompt"),
    ];

    [Fact(Explicit = true, Timeout = 3_600_000)]
    public async Task Of_the_fitted_kind_no_more_than_alpha_are_novel_and_of_other_kinds_many_more()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        string data = Path.Combine(RepositoryPaths.Shared ?? "", "data");
        Assert.SkipUnless(Sets.All(set => File.Exists(Path.Combine(data, set.File))), "../shared/data is not there");
        using TextEmbedder embedder = TextEmbedder.Load(new());
        VectorCache vectors = new(Path.Combine(Path.GetTempPath(), "cascade-novelty"), embedder);
        List<PointSet> points = [];
        foreach ((_, string file, string field) in Sets)
            points.Add(await vectors.EmbedAsync(Read(Path.Combine(data, file), field), cancellationToken: cancellationToken));

        output.WriteLine($"share that is novel, mean of {Cuts} cuts; columns: held out, then {string.Join(", ", Sets.Select(set => set.Name))}");
        for (int fitted = 0; fitted < Sets.Length; fitted++)
        {
            (Shares[] Apart, Shares[] Folds)[] cuts = [.. Enumerable.Range(0, Cuts).Select(cut => Cut(points, fitted, (ulong)cut, cancellationToken))];
            for (int a = 0; a < Alphas.Length; a++)
            {
                double alpha = Alphas[a];
                Shares apart = Mean([.. cuts.Select(cut => cut.Apart[a])]);
                Shares folds = Mean([.. cuts.Select(cut => cut.Folds[a])]);
                Write($"{Sets[fitted].Name}, {alpha:0.00}, apart", apart);
                Write($"{Sets[fitted].Name}, {alpha:0.00}, folds", folds);

                // The quarters of five cuts overlap: no more than one of them counts, and the boundary is a sample, too.
                double chance = 4 * Math.Sqrt(2 * alpha * (1 - alpha) / (points[fitted].Count / 4.0));
                Assert.InRange(apart.HeldOut, 0, alpha + chance);
                Assert.InRange(folds.HeldOut, 0, alpha + chance);
                Assert.All(Enumerable.Range(0, Sets.Length).Where(s => s != fitted), s => Assert.True(apart.Of[s] > apart.HeldOut));
            }
        }
    }

    private static Shares Mean(Shares[] cuts) => new(cuts.Average(c => c.HeldOut), [.. Sets.Select((_, s) => cuts.Average(c => c.Of[s]))]);

    // Per α: with the boundary by a quarter apart, and by folds of the fitted half.
    private static (Shares[] Apart, Shares[] Folds) Cut(List<PointSet> points, int fitted, ulong seed, CancellationToken cancellationToken)
    {
        PointSet all = points[fitted];
        int[] order = [.. Enumerable.Range(0, all.Count)];
        new SeededGenerator(seed).Shuffle<int>(order);
        int half = all.Count / 2, quarter = all.Count / 4;
        PointSet fit = all.Select(order.AsSpan(0, half));
        PointSet apart = all.Select(order.AsSpan(half, quarter));
        PointSet asked = all.Select(order.AsSpan(half + quarter));
        Centroids centroids = KMeans.Fit(fit, new() { Clusters = Clusters, Restarts = 4, Seed = seed }, cancellationToken).Centroids;
        double[][] distances = [.. points.Select((set, s) => s == fitted ? [] : Distances(centroids, set)), Distances(centroids, asked)];
        NoveltyBoundary byFolds = NoveltyFit.CrossFitted(Alphas[0], fit, Clusters, seed, cancellationToken)!;
        NoveltyBoundary byApart = NoveltyFit.Of(Alphas[0], apart, centroids, seed)!;
        return ([.. Alphas.Select(alpha => Of(byApart, alpha))], [.. Alphas.Select(alpha => Of(byFolds, alpha))]);

        Shares Of(NoveltyBoundary measured, double alpha)
        {
            NoveltyBoundary boundary = new(alpha, measured.Distances);
            double[] shares = [.. distances.Select(d => d.Length == 0 ? double.NaN : d.Average(at => boundary.IsNovel(at) ? 1.0 : 0))];
            return new(shares[^1], shares[..^1]);
        }
    }

    private static double[] Distances(Centroids centroids, PointSet set) =>
        [.. Enumerable.Range(0, set.Count).Select(i => (double)centroids.Distance(set[i], centroids.Nearest(set[i])))];

    private void Write(string name, Shares shares) => output.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{name,-26} {100 * shares.HeldOut,6:0.0} | {string.Join(' ', shares.Of.Select(share => double.IsNaN(share) ? "      " : string.Create(CultureInfo.InvariantCulture, $"{100 * share,6:0.0}")))}"));

    private static string[] Read(string path, string field)
    {
        using GZipStream unpacked = new(File.OpenRead(path), CompressionMode.Decompress);
        using StreamReader lines = new(unpacked);
        List<string> texts = [];
        while (lines.ReadLine() is { } line)
        {
            using JsonDocument row = JsonDocument.Parse(line);
            texts.Add(row.RootElement.GetProperty(field).GetString()!);
        }

        return [.. texts.Distinct()];
    }

    private sealed record Shares(double HeldOut, IReadOnlyList<double> Of);
}
