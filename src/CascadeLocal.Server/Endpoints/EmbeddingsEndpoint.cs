using CascadeLocal.Routing.Embedding;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Errors;
using CascadeLocal.Server.Hosting;
using CascadeLocal.Server.Requests;
using CascadeLocal.Server.Responses;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Endpoints;

/// <summary>POST /v1/embeddings: vectors of texts, by the embedder that routes.</summary>
internal sealed class EmbeddingsEndpoint(ServerOptions options, EmbedderHost embedders, DrainGate gate)
{
    /// <summary>Texts of one request that are with the embedder at once: what is routed meanwhile waits for no more.</summary>
    private const int InFlight = 8;

    public async Task HandleAsync(HttpContext context)
    {
        if (!gate.TryEnter())
            throw new ApiException(ServerState.DrainingError());
        try
        {
            using CancellationTokenSource stop =
                CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, gate.Aborted);
            await AnswerAsync(context, stop.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new ApiException(ServerState.DrainingError());
        }
        finally
        {
            gate.Exit();
        }
    }

    private async Task AnswerAsync(HttpContext context, CancellationToken stop)
    {
        EmbeddingRequest request = EmbeddingRequestParser.Parse(await BodyReader.ReadAsync(context, options.BodyLimit));
        IEmbedder embedder = await LoadAsync(stop);
        int[] tokens = Check(request, embedder);
        float[][] vectors = new float[request.Inputs.Count][];
        try
        {
            for (int first = 0; first < vectors.Length; first += InFlight)
            {
                int end = Math.Min(vectors.Length, first + InFlight);
                float[][] some = await Task.WhenAll(Enumerable.Range(first, end - first).Select(i => embedder.EmbedAsync(request.Inputs[i], stop)));
                some.CopyTo(vectors, first);
            }
        }
        catch (EmbeddingException e)
        {
            throw Unavailable(e);
        }

        await JsonResponse.WriteAsync(
            context, StatusCodes.Status200OK, json => EmbeddingWriter.Write(json, embedder.Name, vectors, request.IsBase64, tokens.Sum()));
    }

    private async Task<IEmbedder> LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await embedders.GetAsync(cancellationToken);
        }
        catch (EmbeddingException e)
        {
            throw Unavailable(e);
        }
    }

    /// <summary>The tokens of every text.</summary>
    /// <exception cref="ApiException">This embedder cannot serve the request.</exception>
    private static int[] Check(EmbeddingRequest request, IEmbedder embedder)
    {
        if (request.Model is { } model && model != embedder.Name)
        {
            throw new ApiException(ApiError.InvalidRequest(
                $"The model '{Excerpt.Of(model)}' does not exist or does not embed; '{embedder.Name}' does.", "model", "model_not_found", 404));
        }

        if (request.Dimensions is { } dimensions && dimensions != embedder.Dimensions)
        {
            throw new ApiException(ApiError.InvalidRequest(
                $"'dimensions' is {dimensions}, but vectors of '{embedder.Name}' have {embedder.Dimensions} and cannot be shortened.", "dimensions"));
        }

        int[] tokens = [.. request.Inputs.Select(embedder.CountTokens)];
        int tooLong = Array.FindIndex(tokens, count => count > embedder.MaximumTokens);
        return tooLong < 0
            ? tokens
            : throw new ApiException(ApiError.InvalidRequest(
                $"Input {tooLong} has at least {tokens[tooLong]} tokens; '{embedder.Name}' takes {embedder.MaximumTokens}.",
                "input",
                "context_length_exceeded"));
    }

    private static ApiException Unavailable(EmbeddingException e) =>
        new(ApiError.Unavailable($"The embedder cannot be used: {e.Message}", null, "embedder_unavailable"));
}
