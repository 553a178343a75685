namespace CascadeLocal.Server.Errors;

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

    public static ApiError QueueFull(string message) =>
        new(429, ErrorType.RateLimit, message, null, "rate_limit_exceeded", 1);

    public static ApiError ModelNotFound(string model) =>
        InvalidRequest($"The model '{model}' does not exist.", "model", "model_not_found", 404);

    public static ApiError Internal() => new(500, ErrorType.Server, "The server failed on this request; its log says why.");
}
