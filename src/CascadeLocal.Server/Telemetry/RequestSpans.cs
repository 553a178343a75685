using CascadeLocal.Cascade.Traces;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Telemetry;

/// <summary>The spans of requests that nobody decodes for.</summary>
internal static class RequestSpans
{
    /// <summary>Begins that of a request which was read; null where nobody listens.</summary>
    /// <param name="context">The request.</param>
    /// <param name="name">What is asked for.</param>
    /// <param name="options">Where the server listens.</param>
    public static RequestSpan? BeginSpan(this HttpContext context, string name, ServerOptions options)
    {
        RequestSpan? span = RequestSpan.Begin(name, TraceHeaders.Read(context.Request));
        span?.SetServer(options.Address.ToString(), options.Port);
        return span;
    }
}
