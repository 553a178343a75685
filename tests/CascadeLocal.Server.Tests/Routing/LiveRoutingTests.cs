using System.Net;
using System.Text;
using System.Text.Json;

using CascadeLocal.Cascade.Requests;
using CascadeLocal.Dialects;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

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

    [Theory]
    [InlineData(UnlabelledRouting.Strongest, "auto", "small", "tools")]
    [InlineData(UnlabelledRouting.Strongest, "none", "nano", "cluster")]
    [InlineData(UnlabelledRouting.Route, "auto", "nano", "cluster")]
    public async Task Requests_with_functions_go_to_the_strongest_unless_the_policy_may_say_who(UnlabelledRouting tools, string choice, string member, string reason)
    {
        await using TestServer server = await TestServer.StartAsync(options => options with
        {
            Policy = _policy.Folder,
            LoadEmbedder = () => new LetterEmbedder(),
            Cascade = new() { Tools = tools },
        });

        using HttpResponseMessage response = await server.PostAsync(
            $$$"""{"messages":[{"role":"user","content":"easy"}],"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"{{{choice}}}"}""");
        JsonElement cascade = await CascadeOf(response);

        Assert.Equal((member, reason, "none"), (cascade.GetProperty("model").GetString(), cascade.GetProperty("reason").GetString(), cascade.GetProperty("guarantee").GetString()));
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
    public async Task What_the_member_thought_is_no_part_of_the_conversation_that_goes_on()
    {
        await using TestServer server = await StartAsync();
        server.Small.Answer = _ => new("<think>", "hm", "</think>", "42", "") { Markup = new(Dialect.Hermes.Name, BeginsInReasoning: false) };

        Assert.Equal("small", await ModelOf(server, Ask("hard")));
        Assert.Equal("small", await ModelOf(server, Ask("hard", "42", "easy")));
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

    [Theory]
    [InlineData("/v1/cascade/decide")]
    [InlineData("/v1/chat/completions")]
    public async Task What_fits_no_context_is_refused_whether_it_is_only_decided_or_answered(string path)
    {
        await using TestServer server = await StartAsync();
        server.Nano.Answer = _ => throw new ContextLengthExceededException(200, 100);

        using HttpResponseMessage refused = await server.Client.PostAsync(
            new Uri(path, UriKind.Relative), new StringContent(Ask("easy"), Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

        ErrorAnswer error = await ErrorAnswer.ReadAsync(refused);
        Assert.Equal((HttpStatusCode.BadRequest, "context_length_exceeded", "messages"), (error.Status, error.Code, error.Param));
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

    [Theory]
    [InlineData(null)]
    [InlineData("X-Forwarded-For")]
    [InlineData("X-Real-IP")]
    [InlineData("Via")]
    [InlineData("X-Forwarded-Proto")]
    [InlineData("X-Forwarded-Host")]
    [InlineData("CF-Connecting-IP")]
    public async Task Without_a_key_admin_answers_nobody_wherever_the_connection_is_from(string? header)
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { AdminLoopback = false });

        using HttpResponseMessage response = await AdminAsync(server, header);

        Assert.Equal("admin_not_allowed", (await ErrorAnswer.ReadAsync(response)).Code);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("X-Forwarded-For", false)]
    [InlineData("X-Real-IP", false)]
    [InlineData("Via", false)]
    [InlineData("X-Forwarded-Proto", false)]
    [InlineData("Forwarded", false)]
    [InlineData("CF-Connecting-IP", false)]
    public async Task Who_says_that_there_is_no_proxy_is_answered_unless_one_shows(string? header, bool isAnswered)
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage response = await AdminAsync(server, header);

        Assert.Equal(isAnswered ? HttpStatusCode.OK : HttpStatusCode.Forbidden, response.StatusCode);
    }

    private static Task<HttpResponseMessage> AdminAsync(TestServer server, string? header)
    {
        HttpRequestMessage request = new(HttpMethod.Get, "/admin/policy");
        if (header is not null)
            request.Headers.TryAddWithoutValidation(header, "for=10.0.0.1");
        return server.Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("""{"name":"far","url":"http://evil:8000/v1","model":"m"}""", "remote_hosts")]
    [InlineData("""{"name":"far","url":"http://gpu-box/v1","model":"m"}""", "remote_hosts")]
    [InlineData("""{"name":"far","url":"http://gpu-box:8000/v1","model":"m","api_key_env":"PATH"}""", "remote_keys")]
    [InlineData("""{"name":"far","url":"http://gpu-box:8000/v1","model":"m","api_key_file":"/etc/passwd"}""", "remote_keys")]
    [InlineData("""{"name":"far","url":"http://gpu-box:8000@evil/v1","model":"m"}""", "url")]
    [InlineData("""{"name":"far","url":"http://gpu-box:8000/v1"}""", "model")]
    public async Task A_member_added_over_http_may_only_be_where_the_configuration_says_and_take_the_keys_it_lists(string json, string named)
    {
        await using TestServer server = await TestServer.StartAsync(
            options => options with { RemoteHosts = ["gpu-box:8000"], RemoteKeys = ["VLLM_KEY"] });

        using HttpResponseMessage response = await server.Client.PostAsync(
            new Uri("/admin/pool", UriKind.Relative), new StringContent(json, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        ErrorAnswer error = await ErrorAnswer.ReadAsync(response);

        Assert.Equal(HttpStatusCode.BadRequest, error.Status);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
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

    [Theory]
    [InlineData("/tokenize", """{"model":"nano","content":"x"}""")]
    [InlineData("/detokenize", """{"model":"nano","tokens":[1]}""")]
    [InlineData("/apply-template", """{"model":"nano","messages":[{"role":"user","content":"x"}]}""")]
    public async Task A_member_whose_tokens_are_not_known_is_not_held_by_who_asks_for_them(string path, string body)
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage response = await server.Client.PostAsync(
            new Uri(path, UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

        Assert.Equal("not_served_by_model", (await ErrorAnswer.ReadAsync(response)).Code);
        await server.Pool.Remove("nano")!;
        Assert.Null(server.Pool.Find("nano"));
    }

    [Fact]
    public async Task The_pool_changes_while_an_answer_runs()
    {
        await using TestServer server = await TestServer.StartAsync();
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Nano.Answer = _ => new ScriptedAnswer(_ => Slow(go.Task));
        Task<string> answer = ModelOf(server, """{"model":"nano","messages":[{"role":"user","content":"x"}]}""");
        await Wait.UntilAsync(() => !server.Nano.Requests.IsEmpty);

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
