using System.Text.Json;

using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Errors;
using CascadeLocal.Server.Responses;
using CascadeLocal.Server.Security;
using CascadeLocal.Server.Streaming;

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace CascadeLocal.Server.Dashboard;

/// <summary>GET /, the page; /dashboard/state, what it shows, once; /dashboard/events, the same and then every change.</summary>
internal sealed class DashboardEndpoints(ServerOptions options, DashboardFeed feed, StateWriter state)
{
    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/", PageFiles.Serve("index.html"));
        foreach (string part in PageFiles.Parts)
            app.MapGet($"/dashboard/{part}", PageFiles.Serve(part));
        app.MapGet("/dashboard/state", StateAsync).WithMetadata(KeyRequired.Instance);
        app.MapGet("/dashboard/events", EventsAsync).WithMetadata(KeyRequired.Instance);
    }

    private Task StateAsync(HttpContext context) => JsonResponse.WriteAsync(context, StatusCodes.Status200OK, state.Write);

    private async Task EventsAsync(HttpContext context)
    {
        Subscription reader = feed.TrySubscribe()
            ?? throw new ApiException(ApiError.Unavailable("The dashboard has too many readers, or the server is shutting down.", 5));
        try
        {
            using EventStream stream = new(context, options.WriteTimeout);
            stream.Open();
            // What happens while the state is written comes again as an event; the page knows requests by their ids.
            stream.WriteEvent(static (json, state) => state.Write(json), state);
            await stream.FlushAsync(context.RequestAborted);
            await foreach (Action<Utf8JsonWriter> write in reader.Events.ReadAllAsync(context.RequestAborted))
            {
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
