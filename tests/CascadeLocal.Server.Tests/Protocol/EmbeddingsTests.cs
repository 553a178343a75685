using System.ClientModel;
using System.Net;
using System.Text;
using System.Text.Json;

using CascadeLocal.Routing.Embedding;
using CascadeLocal.Server.Tests.Testing;

using OpenAI;
using OpenAI.Embeddings;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

public sealed class EmbeddingsTests
{
    private static readonly Uri Route = new("/v1/embeddings", UriKind.Relative);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static Task<TestServer> StartAsync(Func<IEmbedder>? load = null) =>
        TestServer.StartAsync(options => options with { LoadEmbedder = load ?? (() => new LetterEmbedder()) });

    private static Task<HttpResponseMessage> PostAsync(TestServer server, string json) =>
        server.Client.PostAsync(Route, new StringContent(json, Encoding.UTF8, "application/json"), Cancellation);

    private static async Task<JsonElement> AnswerAsync(TestServer server, string json)
    {
        using HttpResponseMessage response = await PostAsync(server, json);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using JsonDocument body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        return body.RootElement.Clone();
    }

    private static float[][] VectorsOf(JsonElement answer) =>
        [.. answer.GetProperty("data").EnumerateArray().Select(d => d.GetProperty("embedding").EnumerateArray().Select(v => v.GetSingle()).ToArray())];

    [Fact]
    public async Task Texts_get_their_vectors_in_order_and_their_tokens_are_counted()
    {
        await using TestServer server = await StartAsync();

        JsonElement answer = await AnswerAsync(server, """{"input":["one two","hard","three"],"model":"letters","user":"me","dimensions":2}""");

        Assert.Equal([[1, 0], [0, 1], [1, 0]], VectorsOf(answer));
        Assert.Equal([0, 1, 2], answer.GetProperty("data").EnumerateArray().Select(d => d.GetProperty("index").GetInt32()));
        Assert.Equal(("list", "letters"), (answer.GetProperty("object").GetString(), answer.GetProperty("model").GetString()));
        Assert.Equal((4, 4), (Usage("prompt_tokens"), Usage("total_tokens")));
        int Usage(string name) => answer.GetProperty("usage").GetProperty(name).GetInt32();
    }

    [Theory]
    [InlineData("""{"input":"hard"}""")]
    [InlineData("""{"input":"hard","model":null,"encoding_format":null,"dimensions":null,"user":null}""")]
    [InlineData("""{"input":["hard"],"encoding_format":"float"}""")]
    public async Task One_text_is_enough_and_null_is_absent(string json)
    {
        await using TestServer server = await StartAsync();

        Assert.Equal([[0, 1]], VectorsOf(await AnswerAsync(server, json)));
    }

    [Theory]
    [InlineData("""{"input":[1,2]}""", 2, 1)]
    [InlineData("""{"input":[[1,2],[1],"hard",[2]]}""", 5, 4)]
    public async Task Tokens_are_taken_in_the_place_of_texts(string json, int tokens, int vectors)
    {
        await using TestServer server = await StartAsync();

        JsonElement answer = await AnswerAsync(server, json);

        Assert.Equal(new float[][] { [0, 1], [1, 0], [0, 1], [0, 1] }[..vectors], VectorsOf(answer));
        Assert.Equal(tokens, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task Base64_holds_the_same_numbers()
    {
        await using TestServer server = await StartAsync();

        JsonElement answer = await AnswerAsync(server, """{"input":"hard","encoding_format":"base64"}""");

        byte[] bytes = answer.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();
        Assert.Equal([0f, 1f], [BitConverter.ToSingle(bytes), BitConverter.ToSingle(bytes, 4)]);
    }

    [Fact]
    public async Task OpenAIs_own_client_gets_the_vectors()
    {
        await using TestServer server = await StartAsync();
        EmbeddingClient client = new(
            "letters", new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(server.Server.Address, "/v1") });

        OpenAIEmbeddingCollection answer = await client.GenerateEmbeddingsAsync(["easy", "hard"], cancellationToken: Cancellation);

        Assert.Equal([[1, 0], [0, 1]], answer.Select(e => e.ToFloats().ToArray()));
        Assert.Equal(2, answer.Usage.InputTokenCount);
        ClientResultException error = await Assert.ThrowsAsync<ClientResultException>(
            () => client.GenerateEmbeddingsAsync(["easy"], new EmbeddingGenerationOptions { Dimensions = 1 }, Cancellation));
        Assert.Equal(400, error.Status);
    }

    [Theory]
    [InlineData("""{}""", "input")]
    [InlineData("""{"input":null}""", "input")]
    [InlineData("""{"input":7}""", "input")]
    [InlineData("""{"input":{}}""", "input")]
    [InlineData("""{"input":""}""", "input")]
    [InlineData("""{"input":[]}""", "input")]
    [InlineData("""{"input":["a",""]}""", "input[1]")]
    [InlineData("""{"input":["a",null]}""", "input[1]")]
    [InlineData("""{"input":[1,"a"]}""", "input[1]")]
    [InlineData("""{"input":["a",1]}""", "input[1]")]
    [InlineData("""{"input":[[1],[]]}""", "input[1]")]
    [InlineData("""{"input":[[1],[-1]]}""", "input[1][0]")]
    [InlineData("""{"input":[1.5]}""", "input[0]")]
    [InlineData("""{"input":[50]}""", "input")]
    [InlineData("""{"input":[1,1,1,1,1,1,1,1,1,1,1]}""", "input")]
    [InlineData("""{"input":"a","encoding_format":"int8"}""", "encoding_format")]
    [InlineData("""{"input":"a","encoding_format":1}""", "encoding_format")]
    [InlineData("""{"input":"a","dimensions":1}""", "dimensions")]
    [InlineData("""{"input":"a","dimensions":0}""", "dimensions")]
    [InlineData("""{"input":"a","dimensions":"2"}""", "dimensions")]
    [InlineData("""{"input":"a","model":3}""", "model")]
    [InlineData("""["a"]""", null)]
    [InlineData("", null)]
    [InlineData("""{"input":"\ud800"}""", null)]
    public async Task What_cannot_be_served_is_400_with_the_field(string json, string? param)
    {
        await using TestServer server = await StartAsync();

        using HttpResponseMessage response = await PostAsync(server, json);
        ErrorAnswer error = await ErrorAnswer.ReadAsync(response);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request_error", param), (error.Status, error.Type, error.Param));
    }

    [Theory]
    [InlineData(2048, HttpStatusCode.OK)]
    [InlineData(2049, HttpStatusCode.BadRequest)]
    public async Task There_may_be_2048_texts(int count, HttpStatusCode status)
    {
        await using TestServer server = await StartAsync();

        using HttpResponseMessage response = await PostAsync(server, JsonSerializer.Serialize(new { input = Enumerable.Repeat("a", count) }));

        Assert.Equal(status, response.StatusCode);
    }

    [Theory]
    [InlineData("cascade")]
    [InlineData("small")]
    [InlineData("text-embedding-3-small")]
    [InlineData("")]
    public async Task Another_model_is_404_and_the_message_names_the_embedder(string model)
    {
        await using TestServer server = await StartAsync();

        using HttpResponseMessage response = await PostAsync(server, JsonSerializer.Serialize(new { input = "a", model }));
        ErrorAnswer error = await ErrorAnswer.ReadAsync(response);

        Assert.Equal((HttpStatusCode.NotFound, "model", "model_not_found"), (error.Status, error.Param, error.Code));
        Assert.Contains("'letters'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_would_be_cut_is_refused_with_both_numbers()
    {
        await using TestServer server = await StartAsync();

        using HttpResponseMessage response = await PostAsync(server, """{"input":["a","1 2 3 4 5 6 7 8 9 10 11"]}""");
        ErrorAnswer error = await ErrorAnswer.ReadAsync(response);

        Assert.Equal((HttpStatusCode.BadRequest, "input", "context_length_exceeded"), (error.Status, error.Param, error.Code));
        Assert.Contains("Input 1 has at least 11 tokens; 'letters' takes 10", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_embedder_is_loaded_once_when_it_is_first_needed()
    {
        int loaded = 0;
        await using TestServer server = await StartAsync(() =>
        {
            Interlocked.Increment(ref loaded);
            return new LetterEmbedder();
        });
        Assert.Equal(0, loaded);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => AnswerAsync(server, """{"input":"a"}""")));

        Assert.Equal(1, loaded);
    }

    [Fact]
    public async Task A_policy_and_the_endpoint_share_one_embedder()
    {
        int loaded = 0;
        using TestPolicy policy = new();
        await using TestServer server = await TestServer.StartAsync(options => options with
        {
            Policy = policy.Folder,
            LoadEmbedder = () =>
            {
                Interlocked.Increment(ref loaded);
                return new LetterEmbedder();
            },
        });

        await AnswerAsync(server, """{"input":"a"}""");

        Assert.Equal(1, loaded);
    }

    [Fact]
    public async Task An_embedder_that_cannot_be_loaded_is_503_with_the_reason_and_is_tried_again()
    {
        bool isBroken = true;
        await using TestServer server = await StartAsync(() => isBroken ? throw new EmbeddingException("vocab.txt is missing") : new LetterEmbedder());

        using HttpResponseMessage response = await PostAsync(server, """{"input":"a"}""");
        ErrorAnswer error = await ErrorAnswer.ReadAsync(response);
        using HttpResponseMessage chat = await server.PostAsync(TestServer.Hello);
        isBroken = false;

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "server_error", "embedder_unavailable"), (error.Status, error.Type, error.Code));
        Assert.Contains("vocab.txt is missing", error.Message, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, chat.StatusCode);
        Assert.Single(VectorsOf(await AnswerAsync(server, """{"input":"a"}""")));
    }
}
