using System.Text.Json;

using CascadeLocal.Server.Security;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Keys;

/// <summary>What was used under the name of each key, as /admin/usage and /metrics tell it.</summary>
public sealed class KeyUsageTests
{
    private static readonly string Root = KeyedServer.Entry("root", "\"admin\":true");

    private static string Ask(string model) => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"hello"}]}""";

    private static async Task<JsonElement> UsageAsync(KeyedServer keyed, string name) =>
        (await keyed.GetAsync("root", "/admin/usage")).GetProperty("keys").EnumerateArray().Single(key => key.GetProperty("name").GetString() == name);

    private static IEnumerable<long> Numbers(JsonElement element, params string[] names) => names.Select(name => element.GetProperty(name).GetInt64());

    [Fact]
    public async Task Requests_and_tokens_are_counted_by_key_and_model()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(
            Root, KeyedServer.Entry("alice", "\"models\":[\"nano\",\"small\"]", "\"requests_per_minute\":4"), KeyedServer.Entry("bob"));
        foreach (string model in (string[])["nano", "small", "nano", "base", "nano"])
        {
            using HttpResponseMessage response = await keyed.AskAsync("alice", Ask(model));
        }

        JsonElement alice = await UsageAsync(keyed, "alice");
        JsonElement usage = await keyed.GetAsync("root", "/admin/usage");

        Assert.Equal(("usage", "2026-01-01T12:00:00+00:00"), (usage.GetProperty("object").GetString(), usage.GetProperty("since").GetString()));
        Assert.Equal(["alice", "bob", "root"], usage.GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("name").GetString()));
        // The fourth was let in and then asked for what the key does not list; the fifth was one too many.
        Assert.Equal([4, 2, 21, 9, 9], Numbers(alice, "requests", "refused", "prompt_tokens", "cached_tokens", "output_tokens"));
        Assert.Equal([1, 1], Numbers(alice.GetProperty("refused_for"), "model", "requests"));
        JsonElement[] models = [.. alice.GetProperty("models").EnumerateArray()];
        Assert.Equal(["nano", "small"], models.Select(model => model.GetProperty("model").GetString()));
        Assert.Equal([2, 14, 6, 6], Numbers(models[0], "requests", "prompt_tokens", "cached_tokens", "output_tokens"));
        Assert.Equal([0, 0, 0], Numbers(await UsageAsync(keyed, "bob"), "requests", "refused", "output_tokens"));
    }

    [Fact]
    public async Task Metrics_tell_the_same_by_the_name_of_the_key()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(Root, KeyedServer.Entry("alice", "\"requests_per_minute\":1"));
        using HttpResponseMessage answered = await keyed.AskAsync("alice", Ask("nano"));
        using HttpResponseMessage refused = await keyed.AskAsync("alice", Ask("nano"));

        using HttpResponseMessage response = await keyed.SendAsync("alice", HttpMethod.Get, "/metrics");
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Contains("cascade_key_requests_total{key=\"alice\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("cascade_key_refused_total{key=\"alice\",reason=\"requests\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("cascade_key_completed_total{key=\"alice\",model=\"nano\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("cascade_key_tokens_total{key=\"alice\",model=\"nano\",type=\"prompt\"} 7\n", text, StringComparison.Ordinal);
        Assert.Contains("cascade_key_tokens_total{key=\"alice\",model=\"nano\",type=\"cached\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("cascade_key_tokens_total{key=\"alice\",model=\"nano\",type=\"output\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("cascade_key_running{key=\"alice\"} 0\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_name_every_key_of_a_large_file()
    {
        const int Keys = 700;
        await using KeyedServer keyed = await KeyedServer.StartAsync([.. Enumerable.Range(0, Keys).Select(i => KeyedServer.Entry($"key{i}"))]);
        foreach (KeyAccount account in keyed.Server.Server.Keys.Accounts)
            account.Charge("nano", prompt: 1, cached: 1, output: 1);

        using HttpResponseMessage response = await keyed.SendAsync("key0", HttpMethod.Get, "/metrics");
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(3 * Keys, text.Split('\n').Count(line => line.StartsWith("cascade_key_tokens_total{key=\"key", StringComparison.Ordinal)));
        Assert.DoesNotContain("overflow", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_of_the_configuration_have_names_as_well()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(options => options with { ApiKeys = ["first", "second"] }, Root);
        using HttpResponseMessage response = await keyed.Server.PostAsync(TestServer.Hello, "second");

        Assert.Equal([0], Numbers(await UsageAsync(keyed, "default-1"), "requests"));
        Assert.Equal([1, 3], Numbers(await UsageAsync(keyed, "default-2"), "requests", "output_tokens"));
    }

    [Fact]
    public async Task Without_keys_everybody_is_anonymous_and_with_one_it_is_the_default()
    {
        await using TestServer open = await TestServer.StartAsync();
        await using TestServer keyed = await TestServer.StartAsync(options => options with { ApiKeys = ["only"] });
        using HttpResponseMessage first = await open.PostAsync(TestServer.Hello);
        using HttpResponseMessage second = await keyed.PostAsync(TestServer.Hello, "only");

        foreach ((TestServer server, string name) in (ReadOnlySpan<(TestServer, string)>)[(open, "anonymous"), (keyed, "default")])
            Assert.Equal((name, 1L), (server.Server.Keys.Accounts.Single().Name, server.Server.Keys.Accounts.Single().Read().Requests));
    }

    [Fact]
    public async Task What_a_key_used_is_still_told_when_it_is_gone()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(Root, KeyedServer.Entry("alice"));
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        keyed.Server.Small.Answer = _ => ScriptedAnswer.Paused(go.Task, 1, "4", "2", "");
        Task<HttpResponseMessage> asked = keyed.AskAsync("alice");
        await Wait.UntilAsync(() => !keyed.Server.Small.Requests.IsEmpty);

        keyed.Write(Root);
        keyed.Reload();
        Assert.Equal([1, 1, 0], Numbers(await UsageAsync(keyed, "alice"), "requests", "running", "output_tokens"));
        go.SetResult();
        using HttpResponseMessage answered = await asked;

        Assert.Equal([1, 0, 3], Numbers(await UsageAsync(keyed, "alice"), "requests", "running", "output_tokens"));
    }

    [Fact]
    public async Task A_rejected_answer_is_the_cascades_own_doing_and_not_charged()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2)));

        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal(["nano", "small"], answer.Passes);
        Assert.Equal("small", Assert.Single(server.Server.Keys.Accounts.Single().Read().Models).Key);
    }
}
