using System.Buffers.Binary;
using System.Text.Json;

using CascadeLocal.Cascade.Requests;
using CascadeLocal.Cascade.Traces;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;
using CascadeLocal.Server.Security;
using CascadeLocal.Server.Telemetry;

using Microsoft.AspNetCore.Http;

namespace CascadeLocal.Server.Embeddings;

/// <summary>POST /v1/embeddings: vectors of texts, by the embedder that routes.</summary>
internal sealed class EmbeddingsEndpoint(ServerOptions options, EmbedderHost embedders, Admission door, DrainGate gate)
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
            if (RequestDeadline.Of(context.Request) is { } deadline)
                stop.CancelAfter(deadline);
            await AnswerAsync(context, stop.Token);
        }
        catch (OperationCanceledException e) when (e is not ClientGoneException && !context.RequestAborted.IsCancellationRequested && !gate.Aborted.IsCancellationRequested)
        {
            throw new ApiException(ApiError.QueueFull("The request's time was over before its texts were embedded."));
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
        using RequestSpan? span = context.BeginSpan("embeddings", options);
        ClientIdentity client = context.Client();
        using AdmissionTicket ticket = await EnterAsync(client, stop);
        IEmbedder embedder = await LoadAsync(stop);
        client.Require(embedder.Name);
        int[] tokens = Check(request, embedder);
        float[][] vectors = new float[request.Inputs.Count][];
        try
        {
            for (int first = 0; first < vectors.Length; first += InFlight)
            {
                int end = Math.Min(vectors.Length, first + InFlight);
                float[][] some = await Task.WhenAll(Enumerable.Range(first, end - first).Select(i => EmbedAsync(embedder, request.Inputs[i], stop)));
                some.CopyTo(vectors, first);
            }
        }
        catch (EmbeddingException e)
        {
            throw Unavailable(e);
        }

        span?.AnswerEmbeddings(embedder.Name, tokens.Sum(), embedder.Dimensions);
        client.Account.Charge(embedder.Name, tokens.Sum(), cached: 0, output: 0);
        await JsonResponse.WriteAsync(
            context, StatusCodes.Status200OK, json => EmbeddingWriter.Write(json, embedder.Name, vectors, request.IsBase64, tokens.Sum()));
    }

    private async Task<AdmissionTicket> EnterAsync(ClientIdentity client, CancellationToken stop)
    {
        try
        {
            return await door.EnterAsync(client.CacheSalt, client.Rules.Priority, member: null, stop);
        }
        catch (QueueFullException e)
        {
            throw new ApiException(ApiError.QueueFull(e.Message));
        }
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

        int[] tokens = [.. request.Inputs.Select((input, i) => input.Text is { } text ? embedder.CountTokens(text) : CheckTokens(i, input.Tokens, embedder))];
        int tooLong = Array.FindIndex(tokens, count => count > embedder.MaximumTokens);
        return tooLong < 0
            ? tokens
            : throw new ApiException(ApiError.InvalidRequest(
                $"Input {tooLong} has at least {tokens[tooLong]} tokens; '{embedder.Name}' takes {embedder.MaximumTokens}.",
                "input",
                "context_length_exceeded"));
    }

    // Ids of another tokenizer, OpenAI's say, are mostly larger than any word piece's.
    private static int CheckTokens(int input, int[] tokens, IEmbedder embedder)
    {
        foreach (int token in tokens)
        {
            if (token >= embedder.VocabularySize)
                throw new ApiException(ApiError.InvalidRequest(
                    $"Input {input} has the token {token}; the ids of '{embedder.Name}' end at {embedder.VocabularySize - 1}. Send the text if they are another tokenizer's.", "input"));
        }

        return tokens.Length;
    }

    private static Task<float[]> EmbedAsync(IEmbedder embedder, TextOrTokens input, CancellationToken stop) =>
        input.Text is { } text ? embedder.EmbedAsync(text, stop) : embedder.EmbedAsync(input.Tokens, stop);

    private static ApiException Unavailable(EmbeddingException e) =>
        new(ApiError.Unavailable($"The embedder cannot be used: {e.Message}", null, "embedder_unavailable"));
}

/// <summary>Writes the answer to a request for embeddings.</summary>
internal static class EmbeddingWriter
{
    public static void Write(Utf8JsonWriter json, string model, IReadOnlyList<float[]> vectors, bool isBase64, int tokens)
    {
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        for (int i = 0; i < vectors.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("object", "embedding");
            json.WriteNumber("index", i);
            if (isBase64)
                json.WriteBase64String("embedding", ToBytes(vectors[i]));
            else
                WriteNumbers(json, vectors[i]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model", model);
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", tokens);
        json.WriteNumber("total_tokens", tokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, float[] vector)
    {
        json.WriteStartArray("embedding");
        foreach (float value in vector)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private static byte[] ToBytes(float[] vector)
    {
        byte[] bytes = new byte[vector.Length * sizeof(float)];
        for (int i = 0; i < vector.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
        return bytes;
    }
}
