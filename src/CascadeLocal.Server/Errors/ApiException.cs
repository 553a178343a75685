namespace CascadeLocal.Server.Errors;

/// <summary>Ends a request with <see cref="Error"/>.</summary>
internal sealed class ApiException(ApiError error) : Exception(error.Message)
{
    public ApiError Error { get; } = error;
}
