using System.Net;
using System.Text;
using System.Text.Json;

using CascadeLocal.Cascade.Conversations;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Routing;

public sealed class LiveRoutingTests : IDisposable
{
    private readonly TestPolicy _policy = new();

    public void Dispose() => _policy.Dispose();

    private Task<TestServer> StartAsync(ConversationRule rule = ConversationRule.Sticky) => TestServer.StartAsync(options => options with
    {
        Policy = _policy.Folder,
        Conversation = rule,
        LoadEmbedder = () => new LetterEmbedder(),
    });

    private static string Ask(params string[] turns) => JsonSerializer.Serialize(new
    {
        messages = turns.Select((text, i) => new { role = i % 2 == 0 ? "user" : "assistant", content = text }),
    });

    private static async Task<JsonElement> CascadeOf(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return body.RootElement.GetProperty("cascade").Clone();
    }

    private static async Task<string> ModelOf(TestServer server, string json)
    {
        using HttpResponseMessage response = await server.PostAsync(json);
        return (await CascadeOf(response)).GetProperty("model").GetString()!;
    }

    private static Task<HttpResponseMessage> PostPolicyAsync(TestServer server, string folder) => server.Client.PostAsync(
        new Uri("/admin/policy", UriKind.Relative),
        new StringContent(JsonSerializer.Serialize(new { path = folder }), Encoding.UTF8, "application/json"));

    [Fact]
    public async Task A_question_goes_to_its_clusters_member_and_headers_and_body_say_so()
    {
        await using TestServer server = await StartAsync();

        using HttpResponseMessage response = await server.PostAsync(Ask("easy one"));
        JsonElement cascade = await CascadeOf(response);

        Assert.Equal("easy", Assert.Single(response.Headers.GetValues("x-cascade-cluster")));
        Assert.Equal("nano", Assert.Single(response.Headers.GetValues("x-cascade-stage1-model")));
        Assert.Equal("nano", Assert.Single(response.Headers.GetValues("x-cascade-model")));
        Assert.Equal("none", Assert.Single(response.Headers.GetValues("x-cascade-guarantee")));
        Assert.Equal(("easy", "cluster"), (cascade.GetProperty("cluster").GetString(), cascade.GetProperty("reason").GetString()));
        Assert.Equal("small", await ModelOf(server, Ask("hard one")));
    }

    [Fact]
    public async Task A_follow_up_may_go_to_a_dearer_member_but_never_to_a_cheaper_one()
    {
        await using TestServer server = await StartAsync();

        Assert.Equal("nano", await ModelOf(server, Ask("easy")));
        Assert.Equal("small", await ModelOf(server, Ask("easy", "42", "hard")));
        Assert.Equal("small", await ModelOf(server, Ask("easy", "42", "hard", "42", "easy again")));
        Assert.Equal("nano", await ModelOf(server, Ask("easy again")));
    }

    [Fact]
    public async Task By_the_rule_last_only_the_last_question_counts_and_by_first_only_the_first()
    {
        await using (TestServer last = await StartAsync(ConversationRule.Last))
        {
            await ModelOf(last, Ask("hard"));
            Assert.Equal("nano", await ModelOf(last, Ask("hard", "42", "easy")));
        }

        await using TestServer first = await StartAsync(ConversationRule.First);
        Assert.Equal("small", await ModelOf(first, Ask("hard", "42", "easy")));
        Assert.Equal("nano", await ModelOf(first, Ask("easy", "42", "hard")));
    }

    [Fact]
    public async Task A_conversation_without_text_goes_to_the_default_member()
    {
        await using TestServer server = await StartAsync();

        using HttpResponseMessage response = await server.PostAsync(Ask("  "));
        JsonElement cascade = await CascadeOf(response);

        Assert.Equal(("small", "default"), (cascade.GetProperty("model").GetString(), cascade.GetProperty("reason").GetString()));
        Assert.False(response.Headers.Contains("x-cascade-cluster"));
    }

    [Fact]
    public async Task The_decision_can_be_asked_for_without_running_anything()
    {
        await using TestServer server = await StartAsync();

        using HttpResponseMessage response = await server.Client.PostAsync(
            new Uri("/v1/cascade/decide", UriKind.Relative),
            new StringContent(Ask("hard"), Encoding.UTF8, "application/json"),
            TestContext.Current.CancellationToken);
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        Assert.Equal(
            ("hard", "small"),
            (body.RootElement.GetProperty("cluster").GetString(), body.RootElement.GetProperty("model").GetString()));
        Assert.Empty(server.Small.Requests);
    }

    [Fact]
    public async Task A_policy_of_another_embedder_is_refused_and_the_old_one_stays()
    {
        await using TestServer server = await StartAsync();
        using TestPolicy other = new();
        PolicyFolder.Write(other.Folder, TestPolicy.Make(embedder: "another"));

        using HttpResponseMessage refused = await PostPolicyAsync(server, other.Folder);

        ErrorAnswer error = await ErrorAnswer.ReadAsync(refused);
        Assert.Equal((HttpStatusCode.BadRequest, "policy_refused"), (error.Status, error.Code));
        Assert.Equal("nano", await ModelOf(server, Ask("easy")));
    }

    [Fact]
    public async Task A_removed_member_leaves_the_routing_and_its_cluster_goes_to_the_next_best()
    {
        await using TestServer server = await StartAsync();

        await server.Pool.Remove("nano")!;

        Assert.Equal("small", await ModelOf(server, Ask("easy")));
    }

    [Fact]
    public async Task Without_a_usable_policy_the_strongest_answers()
    {
        PolicyFolder.Write(_policy.Folder, TestPolicy.Make(embedder: "another"));
        await using TestServer server = await StartAsync();

        using HttpResponseMessage response = await server.PostAsync(Ask("easy"));

        Assert.Equal("none", Assert.Single(response.Headers.GetValues("x-cascade-policy")));
        Assert.Equal("small", Assert.Single(response.Headers.GetValues("x-cascade-model")));
    }

    [Fact]
    public async Task Admin_asks_for_its_own_key()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { AdminKey = "secret" });
        HttpRequestMessage request = new(HttpMethod.Get, "/admin/policy");
        request.Headers.Authorization = new("Bearer", "secret");

        using HttpResponseMessage without = await server.Client.GetAsync(
            new Uri("/admin/policy", UriKind.Relative), TestContext.Current.CancellationToken);
        using HttpResponseMessage with = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (without.StatusCode, with.StatusCode));
    }

    [Fact]
    public async Task A_member_is_added_and_removed_over_http()
    {
        await using TestServer server = await TestServer.StartAsync();
        StringContent Entry() => new("""{"name":"third","path":"third.gguf"}""", Encoding.UTF8, "application/json");
        Uri pool = new("/admin/pool", UriKind.Relative);

        using HttpResponseMessage added = await server.Client.PostAsync(pool, Entry(), TestContext.Current.CancellationToken);
        using HttpResponseMessage twice = await server.Client.PostAsync(pool, Entry(), TestContext.Current.CancellationToken);
        using HttpResponseMessage removed = await server.Client.DeleteAsync(
            new Uri("/admin/pool/third", UriKind.Relative), TestContext.Current.CancellationToken);
        using HttpResponseMessage unknown = await server.Client.DeleteAsync(
            new Uri("/admin/pool/fourth", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(
            (HttpStatusCode.Accepted, HttpStatusCode.Conflict, HttpStatusCode.Accepted, HttpStatusCode.NotFound),
            (added.StatusCode, twice.StatusCode, removed.StatusCode, unknown.StatusCode));
    }

    [Fact]
    public async Task The_pool_changes_while_an_answer_runs()
    {
        await using TestServer server = await TestServer.StartAsync();
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Nano.Answer = _ => new ScriptedGeneration(_ => Slow(go.Task));
        Task<string> answer = ModelOf(server, """{"model":"nano","messages":[{"role":"user","content":"x"}]}""");
        while (server.Nano.Requests.IsEmpty)
            await Task.Delay(5, TestContext.Current.CancellationToken);

        Task removal = server.Pool.Remove("nano")!;

        Assert.False(removal.IsCompleted);
        go.SetResult();
        Assert.Equal("nano", await answer);
        await removal;
        Assert.Null(server.Pool.Find("nano"));
    }

    private static async IAsyncEnumerable<string> Slow(Task go)
    {
        await go;
        yield return "4";
    }
}
