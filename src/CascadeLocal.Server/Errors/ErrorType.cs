namespace CascadeLocal.Server.Errors;

/// <summary>The classes of error that OpenAI's clients know.</summary>
internal static class ErrorType
{
    public const string InvalidRequest = "invalid_request_error";

    public const string Server = "server_error";

    public const string RateLimit = "rate_limit_error";
}
