using System.Globalization;
using System.Text.Json;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Http;

/// <summary>A refusal in OpenAI's shape.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Type">The class of error; see <see cref="ErrorType"/>.</param>
/// <param name="Message">One or two sentences for the caller.</param>
/// <param name="Param">The field of the request at fault, such as <c>messages[2].content</c>.</param>
/// <param name="Code">A code for programs, such as <c>model_not_found</c>.</param>
/// <param name="RetryAfterSeconds">When to try again, where that helps.</param>
internal sealed record ApiError(
    int Status, string Type, string Message, string? Param = null, string? Code = null, int? RetryAfterSeconds = null)
{
    public static ApiError InvalidRequest(string message, string? param = null, string? code = null, int status = 400) =>
        new(status, ErrorType.InvalidRequest, message, param, code);

    public static ApiError Unavailable(string message, int? retryAfterSeconds, string? code = null) =>
        new(503, ErrorType.Server, message, null, code, retryAfterSeconds);

    public static ApiError QueueFull(string message, TimeSpan? retryAfter = null) =>
        new(429, ErrorType.RateLimit, message, null, "rate_limit_exceeded", Math.Max(1, (int)Math.Ceiling(retryAfter?.TotalSeconds ?? 1)));

    public static ApiError ModelNotFound(string model) =>
        InvalidRequest($"The model '{model}' does not exist.", "model", "model_not_found", 404);

    public static ApiError Internal() => new(500, ErrorType.Server, "The server failed on this request; its log says why.");
}

/// <summary>The classes of error that OpenAI's clients know.</summary>
internal static class ErrorType
{
    public const string InvalidRequest = "invalid_request_error";

    public const string Server = "server_error";

    public const string RateLimit = "rate_limit_error";
}

/// <summary>Ends a request with <see cref="Error"/>.</summary>
internal sealed class ApiException(ApiError error) : Exception(error.Message)
{
    public ApiError Error { get; } = error;
}

/// <summary>Writes errors in OpenAI's shape: {"error": {message, type, param, code}}, or in Anthropic's where its API is called.</summary>
internal static class ApiErrorWriter
{
    public static Task WriteAsync(HttpContext context, ApiError error)
    {
        if (error.RetryAfterSeconds is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return JsonResponse.WriteAsync(context, error.Status, json =>
        {
            if (MessagesErrorWriter.Serves(context.Request))
                MessagesErrorWriter.WriteObject(json, error, context.TraceIdentifier);
            else
                WriteObject(json, error);
        });
    }

    public static void WriteObject(Utf8JsonWriter json, ApiError error)
    {
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("message", error.Message);
        json.WriteString("type", error.Type);
        json.WriteString("param", error.Param);
        json.WriteString("code", error.Code);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}

/// <summary>Writes errors in Anthropic's shape: {"type": "error", "error": {type, message}, "request_id"}. The status stays what it is elsewhere.</summary>
internal static class MessagesErrorWriter
{
    /// <summary>Where Anthropic's API is.</summary>
    public const string Path = "/v1/messages";

    /// <summary>Whether a request is one of those whose errors have this shape.</summary>
    public static bool Serves(HttpRequest request) => request.Path.StartsWithSegments(Path);

    /// <summary>The field of a request that continues a conversation which the server keeps.</summary>
    public const string ThreadField = "thread";

    public static void WriteObject(Utf8JsonWriter json, ApiError error, string requestId)
    {
        json.WriteStartObject();
        json.WriteString("type", "error");
        json.WriteStartObject("error");
        json.WriteString("type", TypeOf(error.Status));
        json.WriteString("message", error.Message);
        if (error.Param == ThreadField)
        {
            // By this the official clients know that they have to send the whole conversation.
            json.WriteStartObject("details");
            json.WriteString("error_code", "thread_unsupported_request");
            json.WriteStartArray("unsupported");
            json.WriteStringValue(ThreadField);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteString("request_id", requestId);
        json.WriteEndObject();
    }

    private static string TypeOf(int status) => status switch
    {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        503 => "overloaded_error",
        >= 500 => "api_error",
        _ => "invalid_request_error",
    };
}
