using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>The real program with the real encoder, and a policy whose centroids are real embeddings.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class RoutingTests
{
    private const int Texts = 50;

    private static string TextOf(int i) => i % 2 == 0
        ? string.Create(CultureInfo.InvariantCulture, $"What is {i + 11} + {3 * i}?")
        : string.Create(CultureInfo.InvariantCulture, $"Write the word number {i} of this sentence backwards.");

    [Fact]
    public async Task Offline_assignment_and_live_decision_agree()
    {
        CascadeProcess.RequireProgramAndTier();
        string folder = Path.Combine(Path.GetTempPath(), $"policy-{Guid.NewGuid():N}");
        using TextEmbedder embedder = TextEmbedder.Load(new());
        float[][] vectors = await Task.WhenAll(Enumerable.Range(0, Texts).Select(i => embedder.EmbedAsync(TextOf(i))));
        Centroids centroids = KMeans.Fit(PointSet.Of(vectors), new() { Clusters = 3 }, TestContext.Current.CancellationToken).Centroids;
        PolicyFolder.Write(folder, new Policy
        {
            Embedder = new("all-MiniLM-L6-v2", embedder.Fingerprint, embedder.Dimensions),
            Members = [new("nano", null), new("small", null)],
            Centroids = centroids,
            Statistics = new(
                [new ClusterStatistics("a", 20), new ClusterStatistics("b", 20), new ClusterStatistics("c", 10)],
                [
                    new() { Name = "nano", Errors = [0.1, 0.5, 0.1], Tpot = new(1, []) },
                    new() { Name = "small", Errors = [0.1, 0.1, 0.1], Tpot = new(4, []) },
                ]),
            Options = new StageOneOptions(),
            Assignment = [0, 1, 0],
            DefaultMember = 1,
        });
        try
        {
            await using CascadeProcess server = await CascadeProcess.ServeAsync("--policy", folder);
            List<double> times = [];
            for (int i = 0; i < Texts; i++)
            {
                int cluster = centroids.Nearest(vectors[i]);
                using HttpResponseMessage response = await server.Client.PostAsJsonAsync(
                    new Uri("/v1/chat/completions", UriKind.Relative),
                    new { max_tokens = 4, messages = new[] { new { role = "user", content = TextOf(i) } } },
                    TestContext.Current.CancellationToken);
                JsonElement cascade = (await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("cascade");

                Assert.Equal("abc"[cluster].ToString(), cascade.GetProperty("cluster").GetString());
                Assert.Equal(cluster == 1 ? "small" : "nano", cascade.GetProperty("model").GetString());
                times.Add(cascade.GetProperty("embed_ms").GetDouble());
            }

            times.Sort();
            TestContext.Current.TestOutputHelper!.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"embed_ms p50 {times[Texts / 2]:0.00}, p99 {times[^1]:0.00}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
