using System.Net;
using System.Security.Cryptography;

using CascadeLocal.Server.Http;
using CascadeLocal.Server.Security;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Admin;

/// <summary>
/// Who may call /admin: those who bring its key, or an admin key of the file of keys. Where the connection is from says nothing, since a
/// proxy of this machine connects from it too, with headers or without; whoever has no proxy and no keys may say so
/// (<c>admin_loopback</c>).
/// </summary>
/// <param name="key">The key; null for none.</param>
/// <param name="allowsLoopback">Whether without any key whoever connects from this machine may call.</param>
/// <param name="keys">Has the admin keys of the file.</param>
internal sealed class AdminGuard(string? key, bool allowsLoopback, KeyRing keys)
{
    private static readonly PathString AdminPath = "/admin";

    private readonly byte[]? _hash = key is null ? null : BearerKey.Hash(key);

    public Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.StartsWithSegments(AdminPath))
            Check(context);
        return next(context);
    }

    private void Check(HttpContext context)
    {
        bool isKeyed = _hash is not null || keys.HasFile;
        if (!isKeyed && !(allowsLoopback && IsLocal(context)))
            throw Forbidden("/admin needs a key: set admin_key (CASCADE_ADMIN_KEY), or admin_loopback on a machine without a proxy.");
        if (!isKeyed || BringsKey(context.Request.Headers))
            return;
        if (!keys.HasFile || keys.Identify(context.Request.Headers) is not { } client)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            throw new ApiException(ApiError.InvalidRequest(
                "The admin key is missing or wrong; send it as 'Authorization: Bearer KEY'.", null, "invalid_api_key", 401));
        }

        if (!client.Rules.IsAdmin)
            throw Forbidden("This key does not open /admin: that takes one with \"admin\": true.");
    }

    private bool BringsKey(IHeaderDictionary headers) =>
        _hash is not null && BearerKey.Of(headers) is { } brought && CryptographicOperations.FixedTimeEquals(_hash, BearerKey.Hash(brought));

    private static ApiException Forbidden(string message) => new(ApiError.InvalidRequest(message, null, "admin_not_allowed", 403));

    // What proxies add to what they pass on; without any of it a proxy cannot be told from a client.
    private static readonly string[] ProxyHeaders =
    [
        "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Server",
        "X-Real-IP", "X-Client-IP", "X-Original-Forwarded-For", "True-Client-IP", "CF-Connecting-IP", "Fastly-Client-IP", "X-Envoy-External-Address",
    ];

    private static bool IsLocal(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address
        && IPAddress.IsLoopback(address)
        && !ProxyHeaders.Any(context.Request.Headers.ContainsKey);
}
