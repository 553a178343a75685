using System.Diagnostics;

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
        try
        {
            await next(context);
        }
        finally
        {
            logger.LogInformation(
                "{Method} {Path} {Status} {Milliseconds:0.0} ms{Aborted}{Summary}",
                context.Request.Method,
                context.Request.Path,
                context.Response.StatusCode,
                Stopwatch.GetElapsedTime(started).TotalMilliseconds,
                summary.ClientGone || context.RequestAborted.IsCancellationRequested ? " client gone" : "",
                summary.Text);
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
        catch (StreamFailedException e)
        {
            logger.Log(e.InnerException is OperationCanceledException ? LogLevel.Information : LogLevel.Error, "A stream ended before its answer: {Reason}", e.Message);
            throw;
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
            logger.LogError(e, "{Method} {Path} failed", context.Request.Method, context.Request.Path);
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
            throw Forbidden("The Host header names another server; add the name to allowed_hosts to serve it.", "host_not_allowed");
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
            404 => ApiError.InvalidRequest($"There is no {request.Method} {request.Path}.", null, "unknown_url", 404),
            405 => ApiError.InvalidRequest($"{request.Path} does not take {request.Method}.", null, "method_not_allowed", 405),
            _ => null,
        };
    }
}
