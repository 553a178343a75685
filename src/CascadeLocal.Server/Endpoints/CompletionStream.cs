using CascadeLocal.Cascade.Routing;
using CascadeLocal.Engine;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Errors;
using CascadeLocal.Server.Hosting;
using CascadeLocal.Server.Responses;
using CascadeLocal.Server.Streaming;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Endpoints;

/// <summary>Streams one answer: role, text, finish, usage if asked for, and the end mark.</summary>
internal sealed class CompletionStream(
    HttpContext context, ServerOptions options, CompletionIdentity identity, bool includeUsage)
{
    private readonly ChunkWriter _chunks = new(identity);

    /// <summary>Streams to the end; null if the client went away or did not read.</summary>
    /// <exception cref="StreamFailedException">The answer failed, and the client was told.</exception>
    public async Task<CascadeOutcome?> RunAsync(RoutedGeneration generation, CancellationToken stop)
    {
        using EventStream stream = new(context, options.WriteTimeout);
        try
        {
            stream.Open();
            stream.WriteEvent(static (json, chunks) => chunks.WriteRole(json), _chunks);
            await stream.FlushAsync(stop);
            await CopyTextAsync(generation, stream, stop);

            CascadeOutcome outcome = generation.Outcome;
            if (outcome.Cancelled)
            {
                // Nobody here cancelled it: the engine did, because its tokens were not taken.
                context.Abort();
                return null;
            }

            WriteEnd(stream, outcome);
            await stream.FlushAsync(stop);
            return outcome;
        }
        catch (OperationCanceledException e) when (stop.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            await FailAsync(stream, ServerState.DrainingError());
            throw new StreamFailedException(e);
        }
        catch (OperationCanceledException)
        {
            // The client went away or stopped reading: nobody is left to be told.
            return null;
        }
        catch (EngineException e)
        {
            await FailAsync(stream, ApiError.Unavailable(e.Message, null, "model_unavailable"));
            throw new StreamFailedException(e);
        }
    }

    private async Task CopyTextAsync(RoutedGeneration generation, EventStream stream, CancellationToken stop)
    {
        await using ChunkReader reader = new(
            generation.ReadTextAsync(stop), stream, options.HeartbeatInterval, stop);
        while (await reader.MoveNextAsync())
        {
            stream.WriteEvent(
                static (json, state) => state.Chunks.WriteText(json, state.Text), (Chunks: _chunks, Text: reader.Current));
        }
    }

    private void WriteEnd(EventStream stream, CascadeOutcome outcome)
    {
        stream.WriteEvent(
            static (json, state) => state.Chunks.WriteFinish(json, state.Outcome),
            (Chunks: _chunks, Outcome: outcome));
        if (includeUsage)
        {
            stream.WriteEvent(
                static (json, state) => state.Chunks.WriteUsage(json, state.Outcome), (Chunks: _chunks, Outcome: outcome));
        }

        stream.WriteDone();
    }

    private async Task FailAsync(EventStream stream, ApiError error)
    {
        stream.WriteEvent(ApiErrorWriter.WriteObject, error);
        try
        {
            await stream.FlushAsync(context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client went away meanwhile: nobody is left to be told.
        }
    }
}
