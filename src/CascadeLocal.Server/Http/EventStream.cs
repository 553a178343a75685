using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Http;

/// <summary>
/// Server-sent events, written straight into the response's pipe. What is written stays in the pipe until it is flushed,
/// so that events that are ready together leave together. Not thread-safe.
/// </summary>
internal sealed class EventStream(HttpContext context, TimeSpan writeTimeout) : IDisposable
{
    private const int FlushThreshold = 16 * 1024;

    private readonly PipeWriter _pipe = context.Response.BodyWriter;
    private readonly Utf8JsonWriter _json = new(context.Response.BodyWriter, JsonResponse.WriterOptions);

    /// <summary>Whether so much is unflushed that more should not be added.</summary>
    public bool IsFull => _pipe.UnflushedBytes >= FlushThreshold;

    /// <summary>Names the request that it answers.</summary>
    public string RequestId => context.TraceIdentifier;

    /// <summary>How many times something was flushed.</summary>
    public long Flushes { get; private set; }

    /// <summary>Sets the headers; the first flush sends them.</summary>
    public void Open()
    {
        HttpResponse response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache";
        // Proxies such as nginx would collect the events otherwise.
        response.Headers["X-Accel-Buffering"] = "no";
    }

    public void WriteEvent<T>(Action<Utf8JsonWriter, T> write, T state)
    {
        _pipe.Write("data: "u8);
        _json.Reset();
        write(_json, state);
        _json.Flush();
        _pipe.Write("\n\n"u8);
    }

    /// <summary>An event with a name, for protocols that have them.</summary>
    public void WriteEvent<T>(ReadOnlySpan<byte> name, Action<Utf8JsonWriter, T> write, T state)
    {
        WriteName(name);
        WriteEvent(write, state);
    }

    /// <summary>The name of the event that is written next.</summary>
    public void WriteName(ReadOnlySpan<byte> name)
    {
        _pipe.Write("event: "u8);
        _pipe.Write(name);
        _pipe.Write("\n"u8);
    }

    /// <summary>A chunk of an answer.</summary>
    public void WriteText<T>(T chunks, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens)
        where T : ITextWriter
    {
        _pipe.Write("data: "u8);
        _json.Reset();
        chunks.WriteText(_json, choice, text, tokens);
        _json.Flush();
        _pipe.Write("\n\n"u8);
    }

    public void WriteDone() => _pipe.Write("data: [DONE]\n\n"u8);

    /// <summary>A line that clients skip; it keeps a silent connection open.</summary>
    public void WriteComment() => _pipe.Write(": waiting\n\n"u8);

    /// <summary>Sends what was written.</summary>
    /// <exception cref="OperationCanceledException">The client is gone, or took nothing for the whole timeout.</exception>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_pipe.UnflushedBytes == 0 && context.Response.HasStarted)
            return ValueTask.CompletedTask;
        Flushes++;
        return SlowReader.WaitAsync(context, _pipe.FlushAsync(cancellationToken), writeTimeout, cancellationToken);
    }

    public void Dispose() => _json.Dispose();
}

/// <summary>Writes a piece of an answer's text as the event of a stream.</summary>
internal interface ITextWriter
{
    /// <param name="json">Where to.</param>
    /// <param name="choice">Which of the answers side by side it is of.</param>
    /// <param name="text">The text.</param>
    /// <param name="tokens">The tokens that it is made of, where log-probabilities were asked for.</param>
    void WriteText(Utf8JsonWriter json, int choice, ReadOnlySpan<char> text, IReadOnlyList<AnswerEvent> tokens);
}

/// <summary>Waits until a client has taken what was sent, and drops one that takes nothing for too long.</summary>
internal static class SlowReader
{
    /// <param name="context">The client's request.</param>
    /// <param name="flush">What is being sent.</param>
    /// <param name="patience">How long the client may take nothing.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="OperationCanceledException">The client is gone, or took nothing for the whole time.</exception>
    public static ValueTask WaitAsync(HttpContext context, ValueTask<FlushResult> flush, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (!flush.IsCompletedSuccessfully)
            return WaitAsync(context, flush.AsTask(), patience, cancellationToken);
        _ = flush.Result;
        return ValueTask.CompletedTask;
    }

    private static async ValueTask WaitAsync(HttpContext context, Task<FlushResult> flush, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            await flush.WaitAsync(patience, cancellationToken);
        }
        catch (TimeoutException e)
        {
            context.Abort();
            throw new OperationCanceledException("The client took nothing of its answer for too long.", e);
        }
    }
}
