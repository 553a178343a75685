using System.Net;

using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Keys;

/// <summary>What a key may ask for.</summary>
public sealed class KeyRightTests
{
    private static string Ask(string model) => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"hello"}]}""";

    private static async Task<string?[]> ModelsAsync(KeyedServer keyed, string name) =>
        [.. (await keyed.GetAsync(name, "/v1/models")).GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString())];

    [Theory]
    [InlineData("small")]
    [InlineData("cascade")]
    [InlineData("nobody")]
    public async Task A_model_that_a_key_does_not_list_is_as_if_it_were_not_there(string model)
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", "\"models\":[\"nano\"]"));

        ErrorAnswer error = await keyed.AskForErrorAsync("alice", Ask(model));
        using HttpResponseMessage found = await keyed.SendAsync("alice", HttpMethod.Get, $"/v1/models/{model}");

        Assert.Equal((HttpStatusCode.NotFound, "model_not_found", "model"), (error.Status, error.Code, error.Param));
        Assert.Equal($"The model '{model}' does not exist, or this key may not use it.", error.Message);
        Assert.Equal("model_not_found", (await ErrorAnswer.ReadAsync(found)).Code);
        Assert.Empty(keyed.Server.Small.Requests);
    }

    [Fact]
    public async Task A_model_that_a_key_lists_answers_and_the_list_has_no_other()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", "\"models\":[\"nano\"]"), KeyedServer.Entry("bob"));

        using HttpResponseMessage response = await keyed.AskAsync("alice", Ask("nano"));
        using HttpResponseMessage found = await keyed.SendAsync("alice", HttpMethod.Get, "/v1/models/nano");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (response.StatusCode, found.StatusCode));
        Assert.Equal(["nano"], await ModelsAsync(keyed, "alice"));
        Assert.Equal(["cascade", "nano", "small"], await ModelsAsync(keyed, "bob"));
    }

    [Fact]
    public async Task A_key_that_may_not_pin_asks_the_pool_alone()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", "\"may_pin\":false"));

        ErrorAnswer error = await keyed.AskForErrorAsync("alice", Ask("nano"));
        using HttpResponseMessage pool = await keyed.AskAsync("alice", Ask("cascade"));
        using HttpResponseMessage decided = await keyed.SendAsync("alice", HttpMethod.Post, "/v1/cascade/decide", Ask("nano"));
        using HttpResponseMessage rendered = await keyed.SendAsync("alice", HttpMethod.Post, "/apply-template", Ask("nano"));

        Assert.Equal((HttpStatusCode.Forbidden, "pinning_not_allowed", "model"), (error.Status, error.Code, error.Param));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (pool.StatusCode, decided.StatusCode));
        Assert.Equal(HttpStatusCode.Forbidden, rendered.StatusCode);
        Assert.Equal(["cascade"], await ModelsAsync(keyed, "alice"));
        Assert.Empty(keyed.Server.Nano.Requests);
    }

    [Theory]
    [InlineData("[\"cascade\"]", 404)]
    [InlineData("[\"cascade\",\"letters\"]", 200)]
    [InlineData("[\"*\"]", 200)]
    public async Task The_encoder_is_a_model_like_any_other(string models, int status)
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", $"\"models\":{models}"));

        using HttpResponseMessage response = await keyed.SendAsync("alice", HttpMethod.Post, "/v1/embeddings", """{"input":"easy"}""");

        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task The_priority_goes_with_the_request()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice", "\"priority\":\"background\""), KeyedServer.Entry("bob"));

        using HttpResponseMessage first = await keyed.AskAsync("alice");
        using HttpResponseMessage second = await keyed.AskAsync("bob");

        Assert.Equal([RequestPriority.Background, RequestPriority.Normal], keyed.Server.Small.Requests.Select(request => request.Priority));
    }

    [Fact]
    public async Task Every_key_of_the_file_has_a_cache_of_its_own()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice"), KeyedServer.Entry("bob"));

        foreach (string name in (string[])["alice", "bob", "alice"])
        {
            using HttpResponseMessage response = await keyed.AskAsync(name);
        }

        string[] salts = [.. keyed.Server.Small.Requests.Select(request => request.CacheSalt)];
        Assert.Equal(salts[0], salts[2]);
        Assert.NotEqual(salts[0], salts[1]);
    }

    [Fact]
    public async Task A_key_may_come_as_Anthropics_clients_send_it_whatever_a_proxy_sends()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice"));
        using HttpRequestMessage request = new(HttpMethod.Get, "/v1/models");
        request.Headers.Add("x-api-key", KeyedServer.KeyOf("alice"));
        request.Headers.Add("Authorization", "Basic cHJveHk6eA==");

        using HttpResponseMessage response = await keyed.Server.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("/admin/usage")]
    [InlineData("/admin/pool")]
    [InlineData("/admin/policy")]
    public async Task Admin_needs_an_admin_key_wherever_the_connection_is_from(string path)
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(KeyedServer.Entry("alice"), KeyedServer.Entry("root", "\"admin\":true"));

        using HttpResponseMessage nobody = await keyed.Server.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        using HttpResponseMessage alice = await keyed.SendAsync("alice", HttpMethod.Get, path);
        using HttpResponseMessage root = await keyed.SendAsync("root", HttpMethod.Get, path);

        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_api_key"), (nobody.StatusCode, (await ErrorAnswer.ReadAsync(nobody)).Code));
        Assert.Equal((HttpStatusCode.Forbidden, "admin_not_allowed"), (alice.StatusCode, (await ErrorAnswer.ReadAsync(alice)).Code));
        Assert.Equal(HttpStatusCode.OK, root.StatusCode);
    }

    [Fact]
    public async Task The_admin_key_of_the_configuration_still_opens_admin_and_nothing_else()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(options => options with { AdminKey = KeyedServer.KeyOf("chief") }, KeyedServer.Entry("alice"));

        using HttpResponseMessage chief = await keyed.SendAsync("chief", HttpMethod.Get, "/admin/usage");
        using HttpResponseMessage alice = await keyed.SendAsync("alice", HttpMethod.Get, "/admin/usage");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), (chief.StatusCode, alice.StatusCode));
        Assert.Equal("invalid_api_key", (await keyed.AskForErrorAsync("chief")).Code);
    }

    [Fact]
    public async Task An_admin_key_opens_of_v1_only_what_it_lists()
    {
        await using KeyedServer keyed = await KeyedServer.StartAsync(
            KeyedServer.Entry("root", "\"admin\":true"), KeyedServer.Entry("dev", "\"admin\":true", "\"models\":[\"*\"]"));

        ErrorAnswer root = await keyed.AskForErrorAsync("root");
        using HttpResponseMessage dev = await keyed.AskAsync("dev", Ask("nano"));

        Assert.Equal((HttpStatusCode.Forbidden, "admin_key_only"), (root.Status, root.Code));
        Assert.Equal(HttpStatusCode.OK, dev.StatusCode);
    }
}
