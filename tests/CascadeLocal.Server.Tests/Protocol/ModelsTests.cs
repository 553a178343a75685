using System.Net;
using System.Text.Json;

using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

public sealed class ModelsTests
{
    [Fact]
    public async Task The_list_holds_the_pool_and_its_members()
    {
        await using TestServer server = await TestServer.StartAsync();

        using JsonDocument body = JsonDocument.Parse(
            await server.Client.GetStringAsync(new Uri("/v1/models", UriKind.Relative), TestContext.Current.CancellationToken));

        Assert.Equal("list", body.RootElement.GetProperty("object").GetString());
        JsonElement[] models = [.. body.RootElement.GetProperty("data").EnumerateArray()];
        Assert.Equal(["cascade", "nano", "small"], models.Select(m => m.GetProperty("id").GetString()));
        Assert.All(models, m => Assert.Equal("model", m.GetProperty("object").GetString()));
        Assert.Equal(2_000, models[2].GetProperty("parameters").GetInt64());
    }

    [Fact]
    public async Task A_model_of_another_script_answers_by_its_name_and_is_encoded_in_headers_alone()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { Members = [TestServer.Member("模型-v1")] });

        using HttpResponseMessage answer = await server.PostAsync("""{"model":"模型-v1","messages":[{"role":"user","content":"hi"}]}""");
        using JsonDocument body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using HttpResponseMessage found = await server.Client.GetAsync(new Uri("/v1/models/%E6%A8%A1%E5%9E%8B-v1", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (answer.StatusCode, found.StatusCode));
        Assert.Equal("模型-v1", body.RootElement.GetProperty("model").GetString());
        Assert.Equal("%E6%A8%A1%E5%9E%8B-v1", Assert.Single(answer.Headers.GetValues("x-cascade-model")));
        Assert.Equal("%E6%A8%A1%E5%9E%8B-v1", Assert.Single(answer.Headers.GetValues("x-cascade-path")));
    }

    [Theory]
    [InlineData("/v1/models/org/name")]
    [InlineData("/v1/models/org%2Fname")]
    public async Task A_models_id_may_hold_a_slash(string path)
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { Members = [TestServer.Member("org/name")] });

        using HttpResponseMessage response = await server.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("org/name", body.RootElement.GetProperty("id").GetString());
    }
}
