using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Http;

/// <summary>Reads a request's body up to a limit.</summary>
internal static class BodyReader
{
    /// <exception cref="ApiException">The body is longer than <paramref name="limit"/> bytes: 413.</exception>
    /// <exception cref="ClientGoneException">The client left in mid-upload.</exception>
    public static async Task<byte[]> ReadAsync(HttpContext context, int limit)
    {
        if (context.Request.ContentLength > limit)
            throw TooLong(context, limit);
        PipeReader reader = context.Request.BodyReader;
        while (true)
        {
            ReadResult result = await ReadAsync(reader);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (buffer.Length > limit)
                throw TooLong(context, limit);
            if (result.IsCompleted)
            {
                byte[] body = buffer.ToArray();
                reader.AdvanceTo(buffer.End);
                return body;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    // Not cancelled with the request: Kestrel ends the read itself when the client leaves, and a read that was cancelled
    // is in its way when it takes the rest of the body.
    private static async ValueTask<ReadResult> ReadAsync(PipeReader reader)
    {
        try
        {
            return await reader.ReadAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            // What the decoders of the framework throw.
            throw new ApiException(ApiError.InvalidRequest("The request body is not in the encoding that Content-Encoding names."));
        }
        catch (Exception e) when (e is OperationCanceledException or (IOException and not BadHttpRequestException))
        {
            throw new ClientGoneException(e);
        }
    }

    private static ApiException TooLong(HttpContext context, int limit)
    {
        // What the client still sends is not wanted; the connection goes with it.
        context.Response.Headers.Connection = "close";
        return new(ApiError.InvalidRequest($"The request body is longer than {limit} bytes.", null, "request_too_large", 413));
    }
}

/// <summary>The client left before its request was read: nobody is left to be told.</summary>
internal sealed class ClientGoneException(Exception cause) : OperationCanceledException("The client went away.", cause);

/// <summary>Shortens what a client wrote so that it can be repeated in a message.</summary>
internal static class Excerpt
{
    private const int MaxLength = 100;

    public static string Of(string text)
    {
        if (text.Length <= MaxLength)
            return text;
        // Never cut a surrogate pair in half.
        int length = char.IsHighSurrogate(text[MaxLength - 1]) ? MaxLength - 1 : MaxLength;
        return string.Concat(text.AsSpan(0, length), "...");
    }
}

/// <summary>The header x-request-timeout-ms: a budget that a client, or a proxy before it, sets without touching the body.</summary>
internal static class RequestDeadline
{
    private const string Header = "x-request-timeout-ms";

    // A day, as with budget_ms.
    private const int Longest = 86_400_000;

    /// <summary>How long the request may take; null where it does not say.</summary>
    /// <exception cref="ApiException">The header is no such time: 400.</exception>
    public static TimeSpan? Of(HttpRequest request)
    {
        if (!request.Headers.TryGetValue(Header, out var values))
            return null;
        return values is [{ } text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds) && milliseconds is > 0 and <= Longest
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new ApiException(ApiError.InvalidRequest($"The header {Header} must be one integer from 1 to {Longest}.", Header));
    }

    /// <summary>The request with the tighter of this deadline and its own budget.</summary>
    /// <exception cref="ApiException">The header is no such time: 400.</exception>
    public static GenerationRequest Apply(HttpRequest http, GenerationRequest request) =>
        Of(http) is { } deadline && !(request.Controls.Budget <= deadline)
            ? request with { Controls = request.Controls with { Budget = deadline } }
            : request;
}

/// <summary>The trace that a request is a part of, by W3C's headers.</summary>
internal static class TraceHeaders
{
    // What the standard wants everybody to hand on; longer ones are left out, as it allows.
    private const int MaxStateLength = 512;

    /// <summary>Null for none. Headers that say none are as good as absent: no request fails by them.</summary>
    public static TraceContext? Read(HttpRequest request)
    {
        string? parent = request.Headers.TraceParent;
        if (parent is null || !IsPlain(parent) || !ActivityContext.TryParse(parent, null, out _))
            return null;
        string? state = request.Headers.TraceState;
        return new(parent, state is { Length: > 0 and <= MaxStateLength } && IsPlain(state) ? state : null);
    }

    // Kestrel takes UTF-8 in headers; whom the request is handed on to may not be sent any.
    private static bool IsPlain(string value) => value.All(c => c is >= ' ' and <= '~');
}

/// <summary>What the line in the log says about a request beyond method, path and status.</summary>
internal sealed class RequestSummary
{
    public string Text { get; set; } = "";

    /// <summary>Whether the client went away before its answer had ended.</summary>
    public bool ClientGone { get; set; }
}
