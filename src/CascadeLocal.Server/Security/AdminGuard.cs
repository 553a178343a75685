using System.Net;

using CascadeLocal.Server.Errors;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Security;

/// <summary>Who may call /admin: those who bring its key; without one configured, this machine.</summary>
internal sealed class AdminGuard(string? key)
{
    private static readonly PathString AdminPath = "/admin";

    private readonly ApiKeys? _keys = key is null ? null : new ApiKeys([key]);

    public Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments(AdminPath))
            return next(context);
        if (_keys is null && !IsLocal(context))
            throw new ApiException(ApiError.InvalidRequest(
                "Without an admin_key, /admin answers this machine only.", null, "admin_not_allowed", 403));
        if (_keys is not null && _keys.Identify(context.Request.Headers.Authorization) is null)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            throw new ApiException(ApiError.InvalidRequest(
                "The admin key is missing or wrong; send it as 'Authorization: Bearer KEY'.", null, "invalid_api_key", 401));
        }

        return next(context);
    }

    // What a proxy of this machine passes on comes from elsewhere.
    private static bool IsLocal(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address
        && IPAddress.IsLoopback(address)
        && !context.Request.Headers.ContainsKey("X-Forwarded-For")
        && !context.Request.Headers.ContainsKey("Forwarded");
}
