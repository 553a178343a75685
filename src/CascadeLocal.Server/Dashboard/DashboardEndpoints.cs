using System.Diagnostics;
using System.Text.Json;

using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Security;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CascadeLocal.Server.Dashboard;

/// <summary>GET /, the page; /dashboard/state, what it shows, once; /dashboard/events, the same and then every change.</summary>
internal sealed class DashboardEndpoints(ServerOptions options, DashboardFeed feed, StateWriter state, KeyRing keys)
{
    private static readonly TimeSpan KeyInterval = TimeSpan.FromSeconds(0.5);

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapRead("/", PageFiles.Serve("index.html"));
        foreach (string part in PageFiles.Parts)
            app.MapRead($"/dashboard/{part}", PageFiles.Serve(part));
        app.MapRead("/dashboard/state", StateAsync).WithMetadata(KeyRequired.Instance);
        app.MapGet("/dashboard/events", EventsAsync).WithMetadata(KeyRequired.Instance);
    }

    private Task StateAsync(HttpContext context) => JsonResponse.WriteAsync(context, StatusCodes.Status200OK, state.Write);

    private async Task EventsAsync(HttpContext context)
    {
        Subscription reader = feed.TrySubscribe(keys.IsOpen ? null : context.Client().CacheSalt)
            ?? throw new ApiException(ApiError.Unavailable("The dashboard has too many readers, or the server is shutting down.", 5));
        try
        {
            using EventStream stream = new(context, options.WriteTimeout);
            stream.Open();
            // What happens while the state is written comes again as an event; the page knows requests by their ids.
            stream.WriteEvent(static (json, state) => state.Write(json), state);
            await stream.FlushAsync(context.RequestAborted);
            long looked = Stopwatch.GetTimestamp();
            await foreach (Action<Utf8JsonWriter> write in reader.Events.ReadAllAsync(context.RequestAborted))
            {
                // Something is told every second. Other requests come to an end by themselves; this one has to notice that its key is gone.
                if (Stopwatch.GetElapsedTime(looked) >= KeyInterval)
                {
                    if (keys.Identify(context.Request.Headers) is null)
                        break;
                    looked = Stopwatch.GetTimestamp();
                }

                stream.WriteEvent(static (json, write) => write(json), write);
                if (stream.IsFull || reader.Events.Count == 0)
                    await stream.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The page was closed, or took nothing for too long.
        }
        finally
        {
            feed.Unsubscribe(reader);
        }
    }
}

/// <summary>The files of the page, out of the program itself. They hold no data, so they need no key.</summary>
internal static class PageFiles
{
    // Nothing from elsewhere, nothing inline, in no frame: what a member's name or an error says can never become code.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly Dictionary<string, string> ContentTypes = new()
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
    };

    /// <summary>The scripts and the style that the page asks for.</summary>
    public static readonly IReadOnlyList<string> Parts = ["page.js", "feed.js", "charts.js", "dashboard.css"];

    /// <summary>What answers with one of the files.</summary>
    public static RequestDelegate Serve(string name)
    {
        byte[] content = Read(name);
        string type = ContentTypes[Path.GetExtension(name)];
        return async context =>
        {
            HttpResponse response = context.Response;
            response.ContentType = type;
            response.ContentLength = content.Length;
            response.Headers.CacheControl = "no-cache";
            response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers["Referrer-Policy"] = "no-referrer";
            await response.BodyWriter.WriteAsync(content, context.RequestAborted);
        };
    }

    private static byte[] Read(string name)
    {
        using Stream resource = typeof(PageFiles).Assembly.GetManifestResourceStream($"Dashboard/{name}")
            ?? throw new InvalidOperationException($"The program lacks its own file {name}.");
        byte[] content = new byte[resource.Length];
        resource.ReadExactly(content);
        return content;
    }
}
