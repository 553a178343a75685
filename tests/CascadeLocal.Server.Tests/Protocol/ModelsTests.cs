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
