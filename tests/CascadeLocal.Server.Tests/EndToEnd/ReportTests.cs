using System.Globalization;
using System.Text.Json;

using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.EndToEnd;

/// <summary>cascade report asks a running server, with the shipped tier and the real encoder, whether it decides as the policy does.</summary>
[Collection(EndToEndCollection.Name)]
public sealed class ReportTests : IDisposable
{
    private const int Prompts = 300;

    private static readonly string[] Members = ["nano", "small"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("cascade-report-tests-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Offline_and_live_decisions_agree_and_where_they_do_not_it_is_counted()
    {
        CascadeProcess.RequireProgramAndTier();
        Policy policy = await MakePolicyAsync();
        string served = Write("served", policy);
        string labels = WriteLabels();
        await using CascadeProcess server = await CascadeProcess.ServeAsync("--policy", served);

        JsonElement same = await ReportAsync(labels, served, server.Client.BaseAddress!);
        Assert.Equal((Prompts, 0), (same.GetProperty("asked").GetInt32(), same.GetProperty("disagreements").GetInt32()));

        // One cluster of three goes to the other member: exactly its prompts differ.
        string other = Write("other", policy with { Assignment = [0, 0, 0] });
        JsonElement different = await ReportAsync(labels, other, server.Client.BaseAddress!);
        int moved = await CountAsync(policy, cluster: 1);
        Assert.InRange(moved, 1, Prompts - 1);
        Assert.Equal(moved, different.GetProperty("disagreements").GetInt32());
        Assert.NotEmpty(different.GetProperty("examples").EnumerateArray());
    }

    [Fact]
    public async Task Live_answers_are_graded_and_charged_run_by_run()
    {
        CascadeProcess.RequireProgramAndTier();
        string questions = Path.Combine(_folder.FullName, "questions.jsonl");
        // The first is right whatever is said, the second never.
        File.WriteAllLines(questions,
        [
            """{"id":"any","prompt":"What is 120 + 341?","answer":".*","grader":"regex","task":"a"}""",
            """{"id":"none","prompt":"Spell the word planet.","answer":"never said","grader":"contains","task":"b"}""",
        ]);
        await using CascadeProcess server = await CascadeProcess.ServeAsync();
        string address = server.Client.BaseAddress!.ToString();

        (int exitCode, string output, string errors) = await CascadeProcess.RunAsync(
            "report", "--live", questions, "--server", address, "--model", "cascade", "--model", "base", "--runs", "3", "--json");

        Assert.True(exitCode == 0, errors);
        using JsonDocument report = JsonDocument.Parse(output);
        JsonElement root = report.RootElement;
        Assert.Equal((2, 3, "base"), (root.GetProperty("questions").GetInt32(), root.GetProperty("runs").GetInt32(), root.GetProperty("strongest").GetString()));
        JsonElement[] policies = [.. root.GetProperty("policies").EnumerateArray()];
        Assert.Equal(["cascade", "base"], policies.Select(p => p.GetProperty("name").GetString()));
        Assert.All(policies, p => Assert.Equal((6, 0.5), (p.GetProperty("n").GetInt32(), p.GetProperty("accuracy").GetDouble())));
        Assert.All(policies, p => Assert.True(p.GetProperty("e2el_ms").GetDouble() > p.GetProperty("tpot_ms").GetDouble()));
        Assert.Equal(1, root.GetProperty("paths").EnumerateArray().Sum(p => p.GetProperty("share").GetDouble()), 1e-9);

        (int refused, _, string reason) = await CascadeProcess.RunAsync(
            "report", "--live", questions, "--server", address, "--model", "nobody", "--json");
        Assert.Equal(1, refused);
        Assert.Contains("nobody", reason, StringComparison.Ordinal);
    }

    private static string TextOf(int i) => (i % 4) switch
    {
        0 => string.Create(CultureInfo.InvariantCulture, $"What is {i + 11} + {3 * i}?"),
        1 => string.Create(CultureInfo.InvariantCulture, $"Write the word number {i} of this sentence backwards."),
        2 => string.Create(CultureInfo.InvariantCulture, $"A train leaves at {i % 12}:15 and takes {i} minutes. When does it arrive?"),
        _ => string.Create(CultureInfo.InvariantCulture, $"Sort these numbers: {i * 7 % 100}, {i}, {i * 13 % 50}, {i % 9}."),
    };

    private static async Task<float[][]> EmbedAsync()
    {
        using TextEmbedder embedder = TextEmbedder.Load(new());
        return await Task.WhenAll(Enumerable.Range(0, Prompts).Select(i => embedder.EmbedAsync(TextOf(i))));
    }

    private static async Task<int> CountAsync(Policy policy, int cluster) =>
        (await EmbedAsync()).Count(vector => policy.Centroids.Nearest(vector) == cluster);

    private static async Task<Policy> MakePolicyAsync()
    {
        using TextEmbedder embedder = TextEmbedder.Load(new());
        Centroids centroids = KMeans.Fit(PointSet.Of(await EmbedAsync()), new() { Clusters = 3 }, TestContext.Current.CancellationToken).Centroids;
        return new()
        {
            Embedder = new("all-MiniLM-L6-v2", embedder.Fingerprint, embedder.Dimensions),
            Members = [.. Members.Select(name => new PolicyMember(name, null))],
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
        };
    }

    private string Write(string name, Policy policy)
    {
        string folder = Path.Combine(_folder.FullName, name);
        PolicyFolder.Write(folder, policy);
        return folder;
    }

    private string WriteLabels()
    {
        string file = Path.Combine(_folder.FullName, "labels.jsonl");
        File.WriteAllLines(file, Members.SelectMany(member => Enumerable.Range(0, Prompts).Select(i => JsonSerializer.Serialize(new
        {
            id = i,
            prompt = TextOf(i),
            model = member,
            correct = i % 2,
            output_tokens = 8,
            tpot_ms = 2,
            e2el_ms = 20,
        }))));
        return file;
    }

    private static async Task<JsonElement> ReportAsync(string labels, string policy, Uri server)
    {
        (int exitCode, string output, string errors) = await CascadeProcess.RunAsync(
            "report", "--labels", labels, "--policy", policy, "--server", server.ToString(), "--json");
        Assert.True(exitCode == 0, errors);
        using JsonDocument report = JsonDocument.Parse(output);
        return report.RootElement.GetProperty("agreement").Clone();
    }
}
