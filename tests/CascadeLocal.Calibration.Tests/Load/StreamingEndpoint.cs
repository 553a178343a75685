using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;

namespace CascadeLocal.Calibration.Tests.Load;

/// <summary>An endpoint on a free loopback port that streams what a test says.</summary>
internal sealed class StreamingEndpoint : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _accepting;
    private int _running;

    private StreamingEndpoint(int port)
    {
        Url = new Uri($"http://127.0.0.1:{port}/v1/");
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Url { get; }

    /// <summary>Writes the answer to a request, given its body and a way to write an event.</summary>
    public Func<JsonElement, Func<string, Task>, Task> Answer { get; set; } = (_, write) => AnswerAsync(write, "one", "two", "three");

    /// <summary>The status of all answers; other than with 200 what is written is no event, but the body.</summary>
    public int Status { get; set; } = 200;

    /// <summary>The bodies that came, in order.</summary>
    public ConcurrentQueue<JsonElement> Bodies { get; } = [];

    /// <summary>What each request was allowed by; null for nothing.</summary>
    public ConcurrentQueue<string?> Keys { get; } = [];

    /// <summary>The most requests that ran at once.</summary>
    public int MostAtOnce { get; private set; }

    public static StreamingEndpoint Start()
    {
        for (int port = 20_000 + Random.Shared.Next(20_000); ; port++)
        {
            try
            {
                return new StreamingEndpoint(port);
            }
            catch (HttpListenerException) when (port < 60_000)
            {
                // Somebody else's.
            }
        }
    }

    /// <summary>Writes an answer of so many events, what it used, and the end.</summary>
    public static async Task AnswerAsync(Func<string, Task> write, params string[] pieces)
    {
        foreach (string piece in pieces)
            await write($$$"""{"choices":[{"index":0,"delta":{"content":{{{JsonSerializer.Serialize(piece)}}} }}]}""");
        await write($$$"""{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":{{{2 * pieces.Length}}} }}""");
        await write("[DONE]");
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        _listener.Close();
    }

    private async Task AcceptAsync()
    {
        List<Task> answers = [];
        try
        {
            while (true)
                answers.Add(ServeAsync(await _listener.GetContextAsync()));
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            await Task.WhenAll(answers);
        }
    }

    private async Task ServeAsync(HttpListenerContext context)
    {
        int running = Interlocked.Increment(ref _running);
        lock (Bodies)
            MostAtOnce = Math.Max(MostAtOnce, running);
        JsonElement body = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.InputStream);
        Keys.Enqueue(context.Request.Headers["Authorization"]);
        Bodies.Enqueue(body);
        context.Response.StatusCode = Status;
        context.Response.ContentType = "text/event-stream";
        await Answer(body, async data =>
        {
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(Status == 200 ? $"data: {data}\n\n" : data));
            await context.Response.OutputStream.FlushAsync();
        });
        Interlocked.Decrement(ref _running);
        try
        {
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException)
        {
            // The client has left.
        }
    }
}
