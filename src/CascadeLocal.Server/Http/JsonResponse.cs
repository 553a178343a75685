using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Http;

/// <summary>Writes whole JSON documents.</summary>
internal static class JsonResponse
{
    /// <summary>Text goes out as it is, not as \u escapes; this is JSON for programs and never part of a web page.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // A client that takes one of these within its time reads on.
    private const int PieceBytes = 64 << 10;

    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(30);

    /// <param name="context">The request that is answered.</param>
    /// <param name="status">The status.</param>
    /// <param name="write">Writes the document.</param>
    /// <param name="patience">How long the client may take nothing of it; null for 30 s.</param>
    /// <exception cref="OperationCanceledException">The client is gone, or took nothing for too long.</exception>
    public static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write, TimeSpan? patience = null)
    {
        ArrayBufferWriter<byte> body = new(1024);
        await using (Utf8JsonWriter json = new(body, WriterOptions))
            write(json);
        HttpResponse response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = body.WrittenCount;
        if (!HttpMethods.IsHead(context.Request.Method))
            await SendAsync(context, body.WrittenMemory, patience ?? DefaultPatience);
    }

    private static async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> body, TimeSpan patience)
    {
        while (!body.IsEmpty)
        {
            int count = Math.Min(body.Length, PieceBytes);
            await SlowReader.WaitAsync(context, context.Response.BodyWriter.WriteAsync(body[..count], context.RequestAborted), patience, context.RequestAborted);
            body = body[count..];
        }
    }
}
