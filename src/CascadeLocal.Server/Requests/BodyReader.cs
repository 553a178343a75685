using System.Buffers;
using System.IO.Pipelines;

using CascadeLocal.Server.Errors;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Requests;

/// <summary>Reads a request's body up to a limit.</summary>
internal static class BodyReader
{
    /// <exception cref="ApiException">The body is longer than <paramref name="limit"/> bytes: 413.</exception>
    public static async Task<byte[]> ReadAsync(HttpContext context, int limit)
    {
        if (context.Request.ContentLength > limit)
            throw TooLong(context, limit);
        PipeReader reader = context.Request.BodyReader;
        while (true)
        {
            ReadResult result = await reader.ReadAsync(context.RequestAborted);
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

    private static ApiException TooLong(HttpContext context, int limit)
    {
        // What the client still sends is not wanted; the connection goes with it.
        context.Response.Headers.Connection = "close";
        return new(ApiError.InvalidRequest($"The request body is longer than {limit} bytes.", null, "request_too_large", 413));
    }
}
