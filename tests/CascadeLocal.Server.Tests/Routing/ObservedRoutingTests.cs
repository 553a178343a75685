using System.Text.Json;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Routing;

/// <summary>What the decision log and the dashboard see of a routed request.</summary>
public sealed class ObservedRoutingTests : IDisposable
{
    private const string Question = """{"messages":[{"role":"user","content":"easy one"}]}""";

    private readonly TestPolicy _policy = new();
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_log_has_the_decision_and_the_text_only_when_asked(bool text)
    {
        await using (TestServer server = await StartAsync(text))
        {
            using HttpResponseMessage response = await server.PostAsync(Question);
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        }

        string line = Assert.Single(await File.ReadAllLinesAsync(_folder.File("log"), TestContext.Current.CancellationToken));
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement request = document.RootElement;
        Assert.Equal(
            ("ok", "cluster", "easy", "nano", "nano"),
            (Text(request, "status"), Text(request, "reason"), Text(request, "cluster"), Text(request, "stage1_model"), Text(request, "model")));
        Assert.NotNull(Text(request, "policy"));
        Assert.True(request.GetProperty("distance").GetDouble() >= 0);
        Assert.True(request.GetProperty("embed_ms").GetDouble() >= 0);
        Assert.Equal(text, line.Contains("\"query\":\"easy one\",\"answer\":\"42\"", StringComparison.Ordinal));
        Assert.Equal(text, line.Contains("easy one", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(new string[0], "anonymous")]
    [InlineData(new[] { "key-one" }, "default")]
    [InlineData(new[] { "key-one", "key-two" }, "default-1")]
    public async Task The_log_names_the_key_and_never_shows_it(string[] keys, string name)
    {
        await using (TestServer server = await StartAsync(text: true, keys))
        {
            using HttpResponseMessage response = await server.PostAsync(Question, keys.FirstOrDefault());
            response.EnsureSuccessStatusCode();
        }

        string line = Assert.Single(await File.ReadAllLinesAsync(_folder.File("log"), TestContext.Current.CancellationToken));
        Assert.Contains($"\"key\":\"{name}\"", line, StringComparison.Ordinal);
        Assert.DoesNotContain("key-one", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_dashboard_shows_the_policy_in_force()
    {
        await using TestServer server = await StartAsync(text: false);

        using JsonDocument state = JsonDocument.Parse(
            await server.Client.GetStringAsync(new Uri("/dashboard/state", UriKind.Relative), TestContext.Current.CancellationToken));

        JsonElement policy = state.RootElement.GetProperty("policy");
        Assert.Equal(["nano", "small"], policy.GetProperty("models").EnumerateArray().Select(m => Text(m, "name")).Order());
        Assert.Equal("nano", Text(policy.GetProperty("clusters").EnumerateArray().Single(c => Text(c, "name") == "easy"), "model"));
        Assert.InRange(policy.GetProperty("accuracy").GetDouble(), 0, 1);
    }

    [Fact]
    public async Task A_client_that_leaves_is_no_failure()
    {
        await using (TestServer server = await StartAsync(text: false))
        {
            ScriptedAnswer endless = new(Endless);
            server.Nano.Answer = _ => endless;
            using CancellationTokenSource leave = new();
            using (await server.PostUntilAsync(Question.Replace("{\"messages\"", "{\"stream\":true,\"messages\"", StringComparison.Ordinal), null, leave.Token))
            {
            }

            await endless.Cancelled;
        }

        string line = Assert.Single(await File.ReadAllLinesAsync(_folder.File("log"), TestContext.Current.CancellationToken));
        Assert.Contains("\"status\":\"cancelled\"", line, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _policy.Dispose();
        _folder.Dispose();
    }

    private static async IAsyncEnumerable<string> Endless([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return "4";
        await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private Task<TestServer> StartAsync(bool text, params string[] keys) => TestServer.StartAsync(options => options with
    {
        ApiKeys = keys,
        Policy = _policy.Folder,
        LoadEmbedder = () => new LetterEmbedder(),
        DecisionLog = new() { Path = _folder.File("log"), IncludeText = text },
    });
}
