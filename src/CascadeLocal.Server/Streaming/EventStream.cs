using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

using CascadeLocal.Server.Responses;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Streaming;

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
        ValueTask<FlushResult> flush = _pipe.FlushAsync(cancellationToken);
        if (!flush.IsCompletedSuccessfully)
            return WaitAsync(flush.AsTask(), cancellationToken);
        _ = flush.Result;
        return ValueTask.CompletedTask;
    }

    public void Dispose() => _json.Dispose();

    private async ValueTask WaitAsync(Task<FlushResult> flush, CancellationToken cancellationToken)
    {
        try
        {
            await flush.WaitAsync(writeTimeout, cancellationToken);
        }
        catch (TimeoutException e)
        {
            context.Abort();
            throw new OperationCanceledException("The client took nothing of its stream for too long.", e);
        }
    }
}
