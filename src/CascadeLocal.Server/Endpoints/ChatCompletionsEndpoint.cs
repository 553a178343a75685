using System.Globalization;

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

/// <summary>POST /v1/chat/completions, and /v1/cascade/decide, which only says who would answer.</summary>
internal sealed class ChatCompletionsEndpoint(
    ServerOptions options, ModelPool pool, Router router, CascadeRunner runner, DrainGate gate)
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

    public async Task DecideAsync(HttpContext context)
    {
        (_, _, CascadeDecision decision) = await ReadAsync(context);
        DecisionHeaders.Write(context.Response, decision);
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("object", "cascade.decision");
            CascadeWriter.WriteDecision(json, decision, decision.Model, decision.Path);
            json.WriteStartArray("escalates_to");
            foreach (string model in decision.EscalatesTo)
                json.WriteStringValue(model);
            json.WriteEndArray();
            json.WriteString("guarantee", decision.Guarantee);
            json.WriteEndObject();
        });
    }

    private async Task<(ChatCompletionRequest Request, CascadeRequest Conversation, CascadeDecision Decision)> ReadAsync(HttpContext context)
    {
        byte[] body = await BodyReader.ReadAsync(context, options.BodyLimit);
        ChatCompletionRequest request = ChatRequestParser.Parse(body);
        ClientIdentity client = context.Features.GetRequiredFeature<ClientIdentity>();
        CascadeRequest conversation = request.ToConversation(CompletionIdentity.NewId(), client.CacheSalt);
        CascadeDecision decision = await MemberSelector.DecideAsync(pool, router, request, conversation, context.RequestAborted);
        return (request, conversation, decision);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        (ChatCompletionRequest request, CascadeRequest conversation, CascadeDecision decision) = await ReadAsync(context);
        using RoutedGeneration generation = MemberSelector.Start(runner, pool, decision, request, conversation);

        DecisionHeaders.Write(context.Response, generation.Decision);
        using CancellationTokenSource stop =
            CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, gate.Aborted);
        CascadeOutcome? outcome = request.Stream
            ? await new CompletionStream(context, options, StreamIdentity(generation.Decision), request.IncludeUsage).RunAsync(generation, stop.Token)
            : await AnswerAtOnceAsync(context, generation, stop.Token);
        if (outcome is not null)
            context.Features.GetRequiredFeature<RequestSummary>().Text = Summarize(outcome.Passes[^1]);
    }

    private static async Task<CascadeOutcome?> AnswerAtOnceAsync(
        HttpContext context, RoutedGeneration generation, CancellationToken stop)
    {
        try
        {
            await foreach (string _ in generation.ReadTextAsync(stop))
            {
                // The generation keeps what was read.
            }
        }
        catch (EngineException e)
        {
            throw new ApiException(ApiError.Unavailable(e.Message, 5, "model_unavailable"));
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            throw new ApiException(ServerState.DrainingError());
        }

        CascadeOutcome outcome = generation.Outcome;
        if (outcome.Cancelled)
            throw new ApiException(ApiError.Internal());
        DecisionHeaders.Write(context.Response, outcome);
        CompletionIdentity identity = IdentityOf(outcome.Decision, outcome.Model);
        await JsonResponse.WriteAsync(
            context, StatusCodes.Status200OK, json => CompletionWriter.Write(json, identity, generation.Text, outcome));
        return outcome;
    }

    // All chunks name one model. Which one that is is not known before the verdict, so it is the one that was asked for.
    private static CompletionIdentity StreamIdentity(CascadeDecision decision) =>
        IdentityOf(decision, decision.EscalatesTo.Count > 0 ? MemberName.Cascade : decision.Model);

    private static CompletionIdentity IdentityOf(CascadeDecision decision, string model) =>
        new(decision.Id, decision.Time.ToUnixTimeSeconds(), model);

    private static string Summarize(CascadePass pass)
    {
        GenerationResult result = pass.Result;
        return string.Create(
            CultureInfo.InvariantCulture,
            $" {pass.Model}: {result.PromptTokens} prompt ({result.CachedTokens} cached) + {result.OutputTokens} tokens, {CompletionWriter.FinishReasonName(result.FinishReason)}, TTFT {result.TimeToFirstToken.TotalMilliseconds:0.0} ms, TPOT {result.TimePerOutputToken?.TotalMilliseconds ?? 0:0.00} ms");
    }
}
