using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace CascadeLocal.Remote.Tests;

/// <summary>
/// An endpoint on a free loopback port that answers byte by byte as a test says. One request a connection unless it is kept. Without a
/// script it answers well, with log-probabilities and usage, as vLLM does.
/// </summary>
internal sealed class ScriptedEndpoint : IAsyncDisposable
{
    public const string Model = "org/model";

    public const string Models = """{"object":"list","data":[{"id":"org/model","object":"model","created":1,"owned_by":"vllm","root":"org/model","max_model_len":4096}]}""";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentBag<Task> _exchanges = [];
    private readonly Task _accepting;

    private readonly X509Certificate2? _certificate;

    /// <param name="certificate">What it shows who connects; null for an endpoint without TLS.</param>
    public ScriptedEndpoint(X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Answers POST /v1/chat/completions.</summary>
    public Func<Exchange, Task> Chat { get; set; } = Wire.AnswerWell;

    /// <summary>Answers GET /v1/models.</summary>
    public Func<Exchange, Task> List { get; set; } = exchange => exchange.JsonAsync(200, Models);

    /// <summary>What was asked of POST /v1/chat/completions, in order.</summary>
    public ConcurrentQueue<Exchange> Asked { get; } = [];

    /// <summary>Connections that were made.</summary>
    public int Connections { get; private set; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"{(_certificate is null ? "http" : "https")}://127.0.0.1:{Port}/v1";

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _accepting;
        _listener.Stop();
        await Task.WhenAll(_exchanges);
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient connection = await _listener.AcceptTcpClientAsync(_closing.Token);
                Connections++;
                _exchanges.Add(ServeAsync(connection));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        using (connection)
        {
            try
            {
                connection.NoDelay = true;
                Stream stream = connection.GetStream();
                if (_certificate is not null)
                {
                    SslStream secure = new(stream);
                    stream = secure;
                    await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _closing.Token);
                }

                bool isKept = true;
                while (isKept && await Exchange.ReadAsync(stream, _closing.Token) is { } exchange)
                {
                    bool isChat = exchange.Line.StartsWith("POST /v1/chat/completions ", StringComparison.Ordinal);
                    if (isChat)
                        Asked.Enqueue(exchange);
                    try
                    {
                        await (isChat ? Chat(exchange) : List(exchange));
                    }
                    finally
                    {
                        exchange.Ended.TrySetResult();
                    }

                    isKept = exchange.Keep;
                }
            }
            catch (Exception e) when (e is IOException or SocketException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
            {
                // The client went away, or the test has ended.
            }
        }
    }
}

/// <summary>One request as it came over the wire, and the hand that answers it.</summary>
internal sealed class Exchange
{
    private readonly Stream _stream;

    private Exchange(Stream stream, string head, string body, CancellationToken closing)
    {
        _stream = stream;
        Head = head;
        Line = head[..head.IndexOf('\r', StringComparison.Ordinal)];
        Body = body;
        Closing = closing;
    }

    /// <summary>The request's line and headers.</summary>
    public string Head { get; }

    public string Line { get; }

    public string Body { get; }

    /// <summary>Cancelled at the end of the test.</summary>
    public CancellationToken Closing { get; }

    /// <summary>Whether the connection serves another request afterwards.</summary>
    public bool Keep { get; set; }

    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public static async Task<Exchange?> ReadAsync(Stream stream, CancellationToken closing)
    {
        List<byte> head = [];
        byte[] one = new byte[1];
        while (head.Count < 4 || !head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await stream.ReadAsync(one, closing) == 0)
                return null;
            // Somebody begins with TLS where there is none.
            if (head.Count == 0 && one[0] == 0x16)
                return null;
            head.Add(one[0]);
        }

        string text = Encoding.Latin1.GetString([.. head]);
        string? length = text.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        byte[] body = new byte[length is null ? 0 : int.Parse(length.AsSpan("Content-Length:".Length), null)];
        await stream.ReadExactlyAsync(body, closing);
        return new Exchange(stream, text, Encoding.UTF8.GetString(body), closing);
    }

    /// <summary>Bytes as they are.</summary>
    public async Task RawAsync(string text) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(text), Closing);

    /// <summary>A whole answer that is no stream.</summary>
    public Task JsonAsync(int status, string body, string headers = "", string type = "application/json") => RawAsync(
        $"HTTP/1.1 {status} Status\r\nContent-Type: {type}\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{(Keep ? "" : "Connection: close\r\n")}\r\n{body}");

    /// <summary>The head of a stream.</summary>
    public Task OpenAsync(string type = "text/event-stream; charset=utf-8") =>
        RawAsync($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nTransfer-Encoding: chunked\r\n{(Keep ? "" : "Connection: close\r\n")}\r\n");

    /// <summary>A piece of a stream's body, as one HTTP chunk.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await RawAsync($"{bytes.Length:x}\r\n");
        await _stream.WriteAsync(bytes, Closing);
        await RawAsync("\r\n");
    }

    public Task EventAsync(string data) => SendAsync($"data: {data}\n\n");

    /// <summary>The proper end of a stream, in one piece.</summary>
    public Task DoneAsync() => RawAsync("e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");

    /// <summary>The end of the body.</summary>
    public Task CloseAsync() => RawAsync("0\r\n\r\n");

    /// <summary>Waits until the client closes the connection.</summary>
    public async Task ClientLeftAsync()
    {
        byte[] rest = new byte[64];
        try
        {
            while (await _stream.ReadAsync(rest, Closing) > 0)
            {
            }
        }
        catch (IOException)
        {
            // A reset is a close as well.
        }
    }
}

/// <summary>Chunks of chat completions.</summary>
internal static class Wire
{
    public const string Role = """{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""";

    public static string Text(string text) => $$$"""{"choices":[{"index":0,"delta":{"content":{{{Quoted(text)}}}},"finish_reason":null}]}""";

    /// <summary>A chunk with its tokens' log-probabilities: each is half as probable as the one before, its best rivals too.</summary>
    public static string Tokens(string text, params string[] tokens) =>
        $$$"""{"choices":[{"index":0,"delta":{"content":{{{Quoted(text)}}}},"logprobs":{"content":[{{{string.Join(',', tokens.Select(token => Token(token)))}}}]},"finish_reason":null}]}""";

    public static string Token(string text, double logprob = -0.5) =>
        $$$"""{"token":{{{Quoted(text)}}},"logprob":{{{logprob}}},"bytes":[{{{string.Join(',', Encoding.UTF8.GetBytes(text))}}}],"top_logprobs":[{"token":{{{Quoted(text)}}},"logprob":{{{logprob}}},"bytes":null},{"token":"x","logprob":-1.5},{"token":"y","logprob":-2.5},{"token":"z","logprob":-3.5},{"token":"u","logprob":-4.5},{"token":"v","logprob":-5.5},{"token":"w","logprob":-6.5}]}""";

    public static string Finish(string reason = "stop") => $$$"""{"choices":[{"index":0,"delta":{},"finish_reason":"{{{reason}}}"}]}""";

    public static string Usage(int prompt, int completion, int cached = 0, int thought = 0) =>
        $$$"""{"choices":[],"usage":{"prompt_tokens":{{{prompt}}},"completion_tokens":{{{completion}}},"prompt_tokens_details":{"cached_tokens":{{{cached}}} },"completion_tokens_details":{"reasoning_tokens":{{{thought}}} } } }""";

    public static async Task AnswerWell(Exchange exchange)
    {
        await exchange.OpenAsync();
        await exchange.EventAsync(Role);
        await exchange.EventAsync(Tokens("One", "One"));
        await exchange.EventAsync(Tokens(", two", ",", " two"));
        await exchange.EventAsync(Finish());
        await exchange.EventAsync(Usage(12, 4, 8));
        await exchange.DoneAsync();
    }

    private static string Quoted(string text) => JsonSerializer.Serialize(text);
}
