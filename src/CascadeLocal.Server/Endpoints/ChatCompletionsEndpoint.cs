using System.Globalization;
using System.Text;

using CascadeLocal.Cascade.Members;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Routing;
using CascadeLocal.Engine;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Errors;
using CascadeLocal.Server.Hosting;
using CascadeLocal.Server.Requests;
using CascadeLocal.Server.Responses;
using CascadeLocal.Server.Security;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CascadeLocal.Server.Endpoints;

/// <summary>POST /v1/chat/completions.</summary>
internal sealed class ChatCompletionsEndpoint(ServerOptions options, ModelPool pool, DrainGate gate, ICascadeObserver observer)
{
    public async Task HandleAsync(HttpContext context)
    {
        if (!gate.TryEnter())
            throw new ApiException(ServerState.DrainingError());
        try
        {
            await AnswerAsync(context);
        }
        finally
        {
            gate.Exit();
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        byte[] body = await BodyReader.ReadAsync(context, options.BodyLimit);
        ChatCompletionRequest request = ChatRequestParser.Parse(body);
        PoolMember member = MemberSelector.Select(pool, request);
        ClientIdentity client = context.Features.GetRequiredFeature<ClientIdentity>();
        using IMemberGeneration generation = MemberSelector.Start(member, request, client);

        DecisionHeaders.Write(context.Response, member.Name, routed: request.Model is null);
        CompletionIdentity identity = CompletionIdentity.New(member.Name);
        using CancellationTokenSource stop =
            CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, gate.Aborted);
        using ObservedRequest observed = new(observer, identity.Id, member.Name, pinned: request.Model is not null);
        GenerationResult? result = request.Stream
            ? await new CompletionStream(context, options, identity, request.IncludeUsage).RunAsync(generation, stop.Token)
            : await AnswerAtOnceAsync(context, identity, generation, stop.Token);
        if (result is null)
        {
            observed.Leave();
            return;
        }

        observed.Complete(result);
        context.Features.GetRequiredFeature<RequestSummary>().Text = Summarize(member.Name, result);
    }

    private static async Task<GenerationResult?> AnswerAtOnceAsync(
        HttpContext context, CompletionIdentity identity, IMemberGeneration generation, CancellationToken stop)
    {
        StringBuilder text = new();
        try
        {
            await foreach (GenerationChunk chunk in generation.ReadAllAsync(stop))
                text.Append(chunk.Text);
        }
        catch (EngineException e)
        {
            throw new ApiException(ApiError.Unavailable(e.Message, 5, "model_unavailable"));
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new ApiException(ServerState.DrainingError());
        }

        GenerationResult result = generation.Result;
        if (result.FinishReason == FinishReason.Cancelled)
            throw new ApiException(ApiError.Internal());
        await JsonResponse.WriteAsync(
            context, StatusCodes.Status200OK, json => CompletionWriter.Write(json, identity, text.ToString(), result));
        return result;
    }

    private static string Summarize(string member, GenerationResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $" {member}: {result.PromptTokens} prompt ({result.CachedTokens} cached) + {result.OutputTokens} tokens, {CompletionWriter.FinishReasonName(result.FinishReason)}, TTFT {result.TimeToFirstToken.TotalMilliseconds:0.0} ms, TPOT {result.TimePerOutputToken?.TotalMilliseconds ?? 0:0.00} ms");
}
