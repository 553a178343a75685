using System.Globalization;
using System.Net;
using System.Text.Json;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine.Gguf;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Routing;

/// <summary>The policy's folder changes under a running server.</summary>
public sealed class PolicyReloadTests : IDisposable
{
    private readonly TestPolicy _policy = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _policy.Dispose();

    private Task<TestServer> StartAsync(Func<string, Task<IMember>>? load = null, params string[] members) => TestServer.StartAsync(
        options => options with
        {
            Policy = _policy.Folder,
            LoadEmbedder = () => new LetterEmbedder(),
            Members = members.Length == 0 ? options.Members : [.. members.Select(TestServer.Member)],
        },
        load);

    private static string Ask(string text, string? model = null) =>
        JsonSerializer.Serialize(new { model, messages = new[] { new { role = "user", content = text } } });

    private static async Task<JsonElement> CascadeOf(TestServer server, string json)
    {
        using HttpResponseMessage response = await server.PostAsync(json);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        return body.RootElement.GetProperty("cascade").Clone();
    }

    private static async Task<(string Version, string? Refused)> PolicyOf(TestServer server)
    {
        using JsonDocument body = JsonDocument.Parse(
            await server.Client.GetStringAsync(new Uri("/admin/policy", UriKind.Relative), Cancellation));
        return (body.RootElement.GetProperty("policy").GetString()!, body.RootElement.GetProperty("refused").GetString());
    }

    /// <summary>All easy questions now go to the strong member as well.</summary>
    private static Policy Other => TestPolicy.Make() with { Assignment = [1, 1] };

    [Fact]
    public async Task Whether_a_policy_is_in_force_is_in_the_metrics_and_in_health()
    {
        RecordingLog log = new();
        await using (TestServer without = await TestServer.StartAsync(options => options with { Policy = _policy.Folder + "-mistyped" }, log: log))
        {
            Assert.Equal("0", await GaugeAsync(without));
            Assert.Contains("\"policy\":\"none\",\"policy_refused\":null", await ReadAsync(without, "/health"), StringComparison.Ordinal);
            Assert.Contains(log.Warnings, line => line.StartsWith("There is no policy in ", StringComparison.Ordinal));
        }

        await using TestServer with = await StartAsync();
        Assert.Equal("1", await GaugeAsync(with));
        Assert.Contains($"\"policy\":\"{(await PolicyOf(with)).Version}\"", await ReadAsync(with, "/health"), StringComparison.Ordinal);
    }

    private static async Task<string> GaugeAsync(TestServer server) => (await ReadAsync(server, "/metrics"))
        .Split('\n').Single(line => line.StartsWith("cascade_policy_in_force", StringComparison.Ordinal)).Split(' ')[^1];

    private static Task<string> ReadAsync(TestServer server, string path) => server.Client.GetStringAsync(new Uri(path, UriKind.Relative), Cancellation);

    [Fact]
    public async Task A_policy_that_is_replaced_on_disk_comes_into_force_and_no_request_fails()
    {
        await using TestServer server = await StartAsync();
        (string before, _) = await PolicyOf(server);
        HashSet<(string, string)> seen = [];

        PolicyFolder.Write(_policy.Folder, Other);
        await Wait.UntilAsync(async () =>
        {
            JsonElement cascade = await CascadeOf(server, Ask("easy"));
            seen.Add((cascade.GetProperty("policy").GetString()!, cascade.GetProperty("model").GetString()!));
            return cascade.GetProperty("policy").GetString() != before;
        });

        (string after, string? refused) = await PolicyOf(server);
        Assert.Null(refused);
        Assert.NotEqual(before, after);
        // Never the version of one with the decision of the other.
        Assert.Equal([(before, "nano"), (after, "small")], seen.OrderBy(s => s.Item2));
    }

    public static TheoryData<string> Defects => ["embedder", "dimensions", "another pool", "document", "vectors"];

    [Theory]
    [MemberData(nameof(Defects))]
    public async Task A_policy_that_cannot_be_used_leaves_the_old_one_in_force_and_the_reason_is_shown(string defect)
    {
        await using TestServer server = await StartAsync();
        (string before, _) = await PolicyOf(server);

        string expected = Spoil(defect);
        (_, string? refused) = await Wait.ForAsync(() => PolicyOf(server), policy => policy.Refused is not null);

        Assert.Contains(expected, refused, StringComparison.Ordinal);
        JsonElement cascade = await CascadeOf(server, Ask("easy"));
        Assert.Equal((before, "nano"), (cascade.GetProperty("policy").GetString(), cascade.GetProperty("model").GetString()));
    }

    [Fact]
    public async Task After_a_refusal_a_good_policy_is_taken_and_the_reason_is_gone()
    {
        await using TestServer server = await StartAsync();
        (string before, _) = await PolicyOf(server);
        Spoil("document");
        await Wait.ForAsync(() => PolicyOf(server), policy => policy.Refused is not null);

        PolicyFolder.Write(_policy.Folder, Other);
        await Wait.ForAsync(() => PolicyOf(server), policy => policy.Version != before);

        Assert.Null((await PolicyOf(server)).Refused);
        Assert.Equal("small", (await CascadeOf(server, Ask("easy"))).GetProperty("model").GetString());
    }

    [Fact]
    public async Task A_policy_that_is_replaced_while_the_one_before_it_is_being_loaded_is_not_missed()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with
        {
            Policy = _policy.Folder,
            LoadEmbedder = () =>
            {
                PolicyFolder.Write(_policy.Folder, Other);
                return new LetterEmbedder();
            },
        });

        await Wait.UntilAsync(async () => (await CascadeOf(server, Ask("easy"))).GetProperty("model").GetString() == "small");
    }

    [Fact]
    public async Task A_policy_for_the_successor_of_a_member_comes_into_force_while_that_one_still_drains()
    {
        using TemporaryFolder folder = new();
        (string old, string next) = (folder.File("old.gguf"), folder.File("next.gguf"));
        await File.WriteAllTextAsync(old, "old", Cancellation);
        await File.WriteAllTextAsync(next, "next", Cancellation);
        await using TestServer server = await TestServer.StartAsync(options => options with
        {
            Policy = _policy.Folder,
            LoadEmbedder = () => new LetterEmbedder(),
            Members = [new() { Name = "nano", Model = new() { Path = old } }, TestServer.Member("small")],
        });
        (string before, _) = await PolicyOf(server);
        using MemberLease running = server.Pool.Find("nano")!.Lease();

        PolicyFolder.Write(_policy.Folder, TestPolicy.Make(fingerprint: ModelContent.Fingerprint(next)));
        await Wait.ForAsync(() => PolicyOf(server), policy => policy.Refused is not null);
        server.Pool.Reload([new() { Name = "nano", Model = new() { Path = next } }, TestServer.Member("small")]);

        (string after, string? refused) = await Wait.ForAsync(() => PolicyOf(server), policy => policy.Version != before);
        Assert.Null(refused);
        Assert.Equal(after, (await CascadeOf(server, Ask("easy"))).GetProperty("policy").GetString());
    }

    [Fact]
    public async Task A_member_without_statistics_answers_who_names_it_and_is_never_routed_to()
    {
        await using TestServer server = await StartAsync(null, "nano", "small", "newcomer");

        JsonElement pinned = await CascadeOf(server, Ask("easy", model: "newcomer"));
        Assert.Equal(("newcomer", "pinned"), (pinned.GetProperty("model").GetString(), pinned.GetProperty("reason").GetString()));
        foreach (string text in new[] { "easy", "hard", " ", "easy 2", "hard 2" })
            Assert.NotEqual("newcomer", (await CascadeOf(server, Ask(text))).GetProperty("model").GetString());
    }

    [Fact]
    public async Task A_member_without_statistics_that_is_added_later_is_never_routed_to_either()
    {
        await using TestServer server = await StartAsync();
        server.Pool.Add(TestServer.Member("newcomer"));
        await Wait.UntilAsync(() => server.Pool.Find("newcomer")!.State == Cascade.Pool.MemberState.Ready);

        Assert.Equal("pinned", (await CascadeOf(server, Ask("easy", model: "newcomer"))).GetProperty("reason").GetString());
        Assert.Equal("nano", (await CascadeOf(server, Ask("easy"))).GetProperty("model").GetString());
        Assert.Equal("small", (await CascadeOf(server, Ask("hard"))).GetProperty("model").GetString());
    }

    [Fact]
    public async Task Where_a_clusters_member_could_not_be_loaded_the_next_best_answers_and_the_path_says_so()
    {
        ScriptedMember small = new(2_000);
        await using TestServer server = await StartAsync(name => name == "nano"
            ? Task.FromException<IMember>(new ModelLoadException("a.gguf", "file", "truncated"))
            : Task.FromResult<IMember>(small));

        using HttpResponseMessage response = await server.PostAsync(Ask("easy"));
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        JsonElement cascade = body.RootElement.GetProperty("cascade");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(("nano", "small", "fallback"), (Text("stage1_model"), Text("model"), Text("reason")));
        Assert.Equal(["nano (unavailable)", "small"], cascade.GetProperty("path").EnumerateArray().Select(step => step.GetString()));
        Assert.Equal("small", Assert.Single(response.Headers.GetValues("x-cascade-model")));
        Assert.Equal("cluster", (await CascadeOf(server, Ask("hard"))).GetProperty("reason").GetString());

        using HttpResponseMessage pinned = await server.PostAsync(Ask("easy", model: "nano"));
        ErrorAnswer error = await ErrorAnswer.ReadAsync(pinned);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "model_unavailable"), (error.Status, error.Code));
        Assert.Contains("truncated", error.Message, StringComparison.Ordinal);
        string Text(string name) => cascade.GetProperty(name).GetString()!;
    }

    /// <summary>Makes the policy in the folder one that cannot be used; returns a part of the reason.</summary>
    private string Spoil(string defect)
    {
        switch (defect)
        {
            case "embedder":
                PolicyFolder.Write(_policy.Folder, TestPolicy.Make(embedder: "other letters"));
                return "another embedder";
            case "dimensions":
                PolicyFolder.Write(_policy.Folder, TestPolicy.Make() with
                {
                    Embedder = new("letters", LetterEmbedder.Print, 3),
                    Centroids = new(new PointSet([1, 0, 0, 0, 1, 0], 3)),
                });
                return "3 dimensions";
            case "another pool":
                PolicyFolder.Write(_policy.Folder, TestPolicy.Make() with { Members = [new("x", null), new("y", null)], Statistics = Rename() });
                return "another pool";
            case "document":
                File.WriteAllText(Path.Combine(_policy.Folder, PolicyFolder.DocumentName), "{ \"format\": ");
                return "policy.json";
            default:
                File.WriteAllBytes(Path.Combine(_policy.Folder, "policy.safetensors"), [1, 2, 3]);
                File.SetLastWriteTimeUtc(
                    Path.Combine(_policy.Folder, PolicyFolder.DocumentName),
                    DateTime.Parse("2030-01-01", CultureInfo.InvariantCulture));
                return "policy.safetensors";
        }
    }

    private static PoolStatistics Rename()
    {
        Policy policy = TestPolicy.Make();
        return new(
            policy.Statistics.Clusters,
            [policy.Statistics.Models[0] with { Name = "x" }, policy.Statistics.Models[1] with { Name = "y" }]);
    }
}
