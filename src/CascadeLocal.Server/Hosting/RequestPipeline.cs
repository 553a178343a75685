using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;

using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Security;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace CascadeLocal.Server.Hosting;

/// <summary>What every request passes on its way to an endpoint: log, errors, host and origin, key, availability, limits.</summary>
internal sealed class RequestPipeline(DrainGate gate, HostGuard hosts, KeyRing keys, ILogger logger)
{
    private static readonly PathString ApiPath = "/v1";
    private static readonly HashSet<string> Encodings = new(["gzip", "deflate", "br"], StringComparer.OrdinalIgnoreCase);

    /// <summary>One line per request.</summary>
    public async Task LogAsync(HttpContext context, RequestDelegate next)
    {
        long started = Stopwatch.GetTimestamp();
        RequestSummary summary = new();
        context.Features.Set(summary);
        // Official clients show it as the request's id, for whoever asks the operator about it.
        context.TraceIdentifier = $"req_{Guid.NewGuid():N}";
        context.Response.Headers[MessagesErrorWriter.Serves(context.Request) ? "request-id" : "x-request-id"] = context.TraceIdentifier;
        try
        {
            await next(context);
        }
        finally
        {
            logger.LogInformation(
                "{Method} {Path} {Status} {Milliseconds:0.0} ms{Aborted}{Summary} {Id}",
                context.Request.Method,
                context.Request.Path,
                context.Response.StatusCode,
                Stopwatch.GetElapsedTime(started).TotalMilliseconds,
                summary.ClientGone || context.RequestAborted.IsCancellationRequested ? " client gone" : "",
                summary.Text,
                context.TraceIdentifier);
        }
    }

    /// <summary>Turns whatever went wrong into an error of OpenAI's shape.</summary>
    public async Task CatchAsync(HttpContext context, RequestDelegate next)
    {
        ApiError? error;
        try
        {
            await next(context);
            error = EmptyResponseError(context);
        }
        catch (ApiException e)
        {
            error = e.Error;
        }
        catch (BadHttpRequestException e)
        {
            error = ApiError.InvalidRequest(e.Message, status: e.StatusCode);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested || e is ClientGoneException)
        {
            context.Features.GetRequiredFeature<RequestSummary>().ClientGone = true;
            logger.LogDebug(e, "The client went away");
            return;
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            logger.LogError(e, "{Id} {Method} {Path} failed", context.TraceIdentifier, context.Request.Method, context.Request.Path);
            error = ApiError.Internal();
        }

        if (error is not null)
            await ApiErrorWriter.WriteAsync(context, error);
    }

    /// <summary>Refuses names and origins that are not this server's.</summary>
    public Task GuardHostAsync(HttpContext context, RequestDelegate next)
    {
        // HTTP/1.0 has no Host; probes use it.
        bool isBareProbe = !context.Request.Host.HasValue && (context.Request.Path == "/health" || context.Request.Path == "/ready");
        if (!isBareProbe && !hosts.AllowsHost(context.Request.Host))
            throw Forbidden($"The Host header names another server, '{Excerpt.Of(context.Request.Host.Host)}'; add the name to allowed_hosts to serve it.", "host_not_allowed");
        if (!hosts.AllowsOrigin(context.Request))
            throw Forbidden("Web pages of this origin may not call the server; add it to cors_origins to let them.", "origin_not_allowed");
        return next(context);
    }

    /// <summary>Refuses bodies in an encoding that is not decoded behind this.</summary>
    public static Task GuardEncodingAsync(HttpContext context, RequestDelegate next)
    {
        string encoding = context.Request.Headers.ContentEncoding.ToString();
        if (encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            context.Request.Headers.Remove(HeaderNames.ContentEncoding);
        else if (encoding.Length > 0 && !Encodings.Contains(encoding))
            throw new ApiException(ApiError.InvalidRequest("The Content-Encoding must be gzip, deflate or br, or absent.", null, "unsupported_encoding", 415));
        return next(context);
    }

    /// <summary>Asks for the key where one is needed; under /v1 then for loaded models. Whoever asks for work must be within the key's limits.</summary>
    public async Task GuardApiAsync(HttpContext context, RequestDelegate next)
    {
        bool isApi = context.Request.Path.StartsWithSegments(ApiPath);
        EndpointMetadataCollection? metadata = context.GetEndpoint()?.Metadata;
        if (!isApi && metadata?.GetMetadata<KeyRequired>() is null)
        {
            await next(context);
            return;
        }

        ClientIdentity client = Identify(context, isApi);
        context.Features.Set(client);
        RateLimitHeaders.Attach(context.Response, client.Account);
        bool isMetered = HttpMethods.IsPost(context.Request.Method) && metadata is not null && metadata.GetMetadata<Unmetered>() is null;
        using KeyLease? lease = isMetered ? client.Account.Enter() : null;
        if (lease is not null)
            context.HoldKey(lease);
        await next(context);
    }

    private ClientIdentity Identify(HttpContext context, bool isApi)
    {
        if (keys.Identify(context.Request.Headers) is not { } client)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            throw new ApiException(ApiError.InvalidRequest(
                "The API key is missing, wrong or expired; send it as 'Authorization: Bearer KEY'.", null, "invalid_api_key", 401));
        }

        if (isApi && !client.Rules.MayUseModels)
            throw Forbidden("This key is for /admin: it lists no models, so it opens nothing under /v1.", "admin_key_only");
        return isApi && !gate.IsOpen ? throw new ApiException(ServerState.LoadingError()) : client;
    }

    private static ApiException Forbidden(string message, string code) =>
        new(ApiError.InvalidRequest(message, null, code, 403));

    // Routing sets these two and leaves the body empty.
    private static ApiError? EmptyResponseError(HttpContext context)
    {
        if (context.Response.HasStarted)
            return null;
        HttpRequest request = context.Request;
        return context.Response.StatusCode switch
        {
            404 => ApiError.InvalidRequest(
                $"There is no {request.Method} {request.Path}. OpenAI's API is under /v1, as /v1/chat/completions is; GET /openapi.json lists all routes.", null, "unknown_url", 404),
            405 => ApiError.InvalidRequest($"{request.Path} does not take {request.Method}.", null, "method_not_allowed", 405),
            _ => null,
        };
    }
}

/// <summary>
/// Which Host and Origin headers are served. A web page can point a name of its own at this machine (DNS rebinding) or
/// post to a server it cannot read; the first shows in Host, the second in Origin.
/// </summary>
internal sealed class HostGuard(ServerOptions options)
{
    private readonly bool _anyHost = options.AllowedHosts.Contains("*");
    private readonly HashSet<string> _hosts = new(options.AllowedHosts, StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _origins = new(options.CorsOrigins, StringComparer.OrdinalIgnoreCase);

    private readonly bool _anyAddress =
        options.Address.Equals(IPAddress.Any) || options.Address.Equals(IPAddress.IPv6Any);

    public bool AllowsHost(HostString host)
    {
        string name = host.Host;
        if (_anyHost || _hosts.Contains(name) || string.Equals(name, "localhost", StringComparison.OrdinalIgnoreCase))
            return true;
        // Rebinding needs a name, so a numeric address is as safe as the addresses listened on.
        return IPAddress.TryParse(name.AsSpan().Trim("[]"), out IPAddress? address)
            && (_anyAddress || IPAddress.IsLoopback(address) || address.Equals(options.Address));
    }

    public bool AllowsOrigin(HttpRequest request)
    {
        string? origin = request.Headers.Origin;
        return origin is null
            || _origins.Contains("*")
            || _origins.Contains(origin)
            || string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }
}

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
