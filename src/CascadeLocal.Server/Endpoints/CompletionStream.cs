using CascadeLocal.Cascade.Members;
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
    public async Task<GenerationResult?> RunAsync(IMemberGeneration generation, CancellationToken stop)
    {
        using EventStream stream = new(context, options.WriteTimeout);
        try
        {
            stream.Open();
            stream.WriteEvent(static (json, chunks) => chunks.WriteRole(json), _chunks);
            await stream.FlushAsync(stop);
            await CopyTextAsync(generation, stream, stop);

            GenerationResult result = generation.Result;
            if (result.FinishReason == FinishReason.Cancelled)
            {
                // Nobody here cancelled it: the engine did, because its tokens were not taken.
                context.Abort();
                return null;
            }

            WriteEnd(stream, result);
            await stream.FlushAsync(stop);
            return result;
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

    private async Task CopyTextAsync(IMemberGeneration generation, EventStream stream, CancellationToken stop)
    {
        await using ChunkReader reader = new(
            generation.ReadAllAsync(stop), stream, options.HeartbeatInterval, stop);
        while (await reader.MoveNextAsync())
        {
            if (reader.Current.Text.Length == 0)
                continue;
            stream.WriteEvent(
                static (json, state) => state.Chunks.WriteText(json, state.Text), (Chunks: _chunks, reader.Current.Text));
        }
    }

    private void WriteEnd(EventStream stream, GenerationResult result)
    {
        stream.WriteEvent(
            static (json, state) => state.Chunks.WriteFinish(json, state.Result, state.IsLast),
            (Chunks: _chunks, Result: result, IsLast: !includeUsage));
        if (includeUsage)
        {
            stream.WriteEvent(
                static (json, state) => state.Chunks.WriteUsage(json, state.Result), (Chunks: _chunks, Result: result));
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
