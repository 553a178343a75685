using System.Diagnostics;

using CascadeLocal.Server.Errors;
using CascadeLocal.Server.Security;
using CascadeLocal.Server.Streaming;

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CascadeLocal.Server.Hosting;

/// <summary>What every request passes on its way to an endpoint: log, errors, host and origin, key, availability.</summary>
internal sealed class RequestPipeline(DrainGate gate, HostGuard hosts, ApiKeys keys, ILogger logger)
{
    private static readonly PathString ApiPath = "/v1";

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
                context.RequestAborted.IsCancellationRequested ? " client gone" : "",
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
            logger.LogError("A stream failed: {Reason}", e.Message);
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
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested)
        {
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
        if (!hosts.AllowsHost(context.Request.Host))
            throw Forbidden("The Host header names another server; add the name to allowed_hosts to serve it.", "host_not_allowed");
        if (!hosts.AllowsOrigin(context.Request))
            throw Forbidden("Web pages of this origin may not call the server; add it to cors_origins to let them.", "origin_not_allowed");
        return next(context);
    }

    /// <summary>Asks for the key where one is needed; under /v1 then for loaded models.</summary>
    public Task GuardApiAsync(HttpContext context, RequestDelegate next)
    {
        bool isApi = context.Request.Path.StartsWithSegments(ApiPath);
        if (!isApi && context.GetEndpoint()?.Metadata.GetMetadata<KeyRequired>() is null)
            return next(context);
        if (keys.Identify(context.Request.Headers.Authorization) is not { } client)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            throw new ApiException(ApiError.InvalidRequest(
                "The API key is missing or wrong; send it as 'Authorization: Bearer KEY'.", null, "invalid_api_key", 401));
        }

        if (isApi && !gate.IsOpen)
            throw new ApiException(ServerState.LoadingError());
        context.Features.Set(client);
        return next(context);
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
