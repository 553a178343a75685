using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>What clients, probes and proxies do that is not in OpenAI's examples.</summary>
public sealed class ClientVarietyTests
{
    private static readonly byte[] Question = Encoding.UTF8.GetBytes(TestServer.Hello);

    [Theory]
    [InlineData("/health")]
    [InlineData("/ready")]
    [InlineData("/v1/models")]
    [InlineData("/v1/models/nano")]
    [InlineData("/")]
    public async Task HEAD_is_GET_without_a_body(string path)
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpRequestMessage head = new(HttpMethod.Head, path);

        using HttpResponseMessage answer = await server.Client.SendAsync(head, TestContext.Current.CancellationToken);
        using HttpResponseMessage whole = await server.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.OK, whole.StatusCode), (answer.StatusCode, HttpStatusCode.OK));
        Assert.Equal(whole.Content.Headers.ContentType, answer.Content.Headers.ContentType);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("identity")]
    public async Task A_compressed_body_is_read(string encoding)
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage answer = await PostAsync(server, Compress(Question, encoding), encoding);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task The_limit_holds_for_what_a_compressed_body_becomes()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { BodyLimit = 100_000 });
        byte[] bomb = Compress(new byte[50_000_000], "gzip");
        Assert.InRange(bomb.Length, 1, 100_000);

        using HttpResponseMessage answer = await PostAsync(server, bomb, "gzip");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Theory]
    [InlineData("gzip", HttpStatusCode.BadRequest)]
    [InlineData("br", HttpStatusCode.BadRequest)]
    [InlineData("zstd", HttpStatusCode.UnsupportedMediaType)]
    [InlineData("gzip, br", HttpStatusCode.UnsupportedMediaType)]
    public async Task A_plain_body_under_another_name_is_refused(string encoding, HttpStatusCode status)
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage answer = await PostAsync(server, Question, encoding);

        Assert.Equal(status, (await ErrorAnswer.ReadAsync(answer)).Status);
    }

    [Theory]
    [InlineData("gzip", 8)]
    [InlineData("gzip", 1)]
    [InlineData("deflate", 4)]
    [InlineData("deflate", 1)]
    [InlineData("br", 1)]
    public async Task A_body_whose_end_is_cut_off_is_refused_as_any_damaged_one(string encoding, int missing)
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage answer = await PostAsync(server, Compress(Question, encoding)[..^missing], encoding);

        ErrorAnswer error = await ErrorAnswer.ReadAsync(answer);
        Assert.Equal((HttpStatusCode.BadRequest, "The request body is not in the encoding that Content-Encoding names."), (error.Status, error.Message));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task A_body_with_a_wrong_checksum_is_refused(string encoding)
    {
        await using TestServer server = await TestServer.StartAsync();
        byte[] body = Compress(Question, encoding);
        // The last four bytes of gzip are a length, and the four before them the checksum.
        body[^(encoding == "gzip" ? 8 : 4)] ^= 1;

        using HttpResponseMessage answer = await PostAsync(server, body, encoding);

        Assert.Equal(HttpStatusCode.BadRequest, (await ErrorAnswer.ReadAsync(answer)).Status);
    }

    [Fact]
    public async Task A_byte_order_mark_is_passed_over()
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage answer = await PostAsync(server, [.. Encoding.UTF8.Preamble, .. Question], "");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("/health", "200")]
    [InlineData("/ready", "200")]
    [InlineData("/v1/models", "403")]
    public async Task A_probe_may_come_without_a_host(string path, string status)
    {
        await using TestServer server = await TestServer.StartAsync();

        string answer = await SendAsync(server, $"GET {path} HTTP/1.0\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_resets_in_mid_upload_is_no_error_of_ours()
    {
        using RecordingLog log = new();
        await using TestServer server = await TestServer.StartAsync(log: log);
        using (Socket socket = new(SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(IPAddress.Loopback, server.Server.Address.Port, TestContext.Current.CancellationToken);
            socket.LingerState = new(true, 0);
            socket.Send(Encoding.ASCII.GetBytes("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{\"mess"));
            await Wait.UntilAsync(() => log.Lines.Any(line => line.StartsWith("Request starting", StringComparison.Ordinal) && line.Contains("/v1/chat/completions", StringComparison.Ordinal)));
        }

        await Wait.UntilAsync(() => log.Lines.Any(line => line.StartsWith("POST /v1/chat/completions", StringComparison.Ordinal)));
        Assert.Empty(log.Errors);
        Assert.Contains("client gone", log.Lines.First(line => line.StartsWith("POST /v1/chat/completions", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fields_that_change_nothing_are_named_in_the_answer()
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage answer = await server.PostAsync(
            """{"messages":[{"role":"user","content":"hello"}],"user":"me","wild,card é":1,"n":1,"temperature":0}""");

        Assert.Equal(["user, wild%2Ccard%20%C3%A9"], answer.Headers.GetValues("x-cascade-ignored"));
    }

    private static async Task<HttpResponseMessage> PostAsync(TestServer server, byte[] body, string encoding)
    {
        ByteArrayContent content = new(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
        if (encoding.Length > 0)
            content.Headers.Add("Content-Encoding", encoding);
        return await server.Client.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), content, TestContext.Current.CancellationToken);
    }

    internal static byte[] Compress(byte[] body, string encoding)
    {
        using MemoryStream buffer = new();
        using (Stream stream = encoding switch
        {
            "gzip" => new GZipStream(buffer, CompressionLevel.Optimal),
            "br" => new BrotliStream(buffer, CompressionLevel.Optimal),
            "deflate" => new ZLibStream(buffer, CompressionLevel.Optimal),
            _ => buffer,
        })
        {
            stream.Write(body);
        }

        return buffer.ToArray();
    }

    private static async Task<string> SendAsync(TestServer server, string request)
    {
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, server.Server.Address.Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        using StreamReader reader = new(client.GetStream());
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
