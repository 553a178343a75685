using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Requests;
using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Http;

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CascadeLocal.Server.Chat;

/// <summary>POST /v1/chat/completions, and /v1/cascade/decide, which only says who would answer.</summary>
internal sealed class ChatEndpoints(ServerOptions options, ModelPool pool, CascadeRunner runner, DrainGate gate)
{
    private const string ContextLengthExceeded = "context_length_exceeded";

    public Task AnswerAsync(HttpContext context) => AnswerAsync(context, new ChatFormat());

    /// <summary>Answers a request of any kind.</summary>
    public async Task AnswerAsync(HttpContext context, IAnswerFormat format)
    {
        if (!gate.TryEnter())
            throw new ApiException(ServerState.DrainingError());
        using AnswerClient client = new(context, options, format);
        try
        {
            await runner.AnswerAsync(client, context.RequestAborted, gate.Aborted);
        }
        catch (Exception e) when (e is not ClientGoneException && ErrorOf(e, client.Request) is { } error && !context.RequestAborted.IsCancellationRequested)
        {
            if (!client.IsStreaming)
                throw new ApiException(error);
            await client.FailAsync(error);
            throw new StreamFailedException(e);
        }
        catch (OperationCanceledException)
        {
            // The client went away, or takes nothing: nobody is left to be told.
            context.Features.GetRequiredFeature<RequestSummary>().ClientGone = true;
            context.Abort();
        }
        finally
        {
            gate.Exit();
        }
    }

    /// <summary>Answers one of several requests that came as one.</summary>
    /// <exception cref="ApiException">It is refused, or fails.</exception>
    public async Task AnswerAsync(IClient client, CancellationToken left)
    {
        if (!gate.TryEnter())
            throw new ApiException(ServerState.DrainingError());
        try
        {
            await runner.AnswerAsync(client, left, gate.Aborted);
        }
        catch (Exception e) when (ErrorOf(e, null) is { } error)
        {
            throw new ApiException(error);
        }
        finally
        {
            gate.Exit();
        }
    }

    public async Task DecideAsync(HttpContext context)
    {
        if (!gate.TryEnter())
            throw new ApiException(ServerState.DrainingError());
        using AnswerClient client = new(context, options, new ChatFormat());
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, gate.Aborted);
        CascadeDecision decision;
        try
        {
            decision = await runner.DecideAsync(await client.ReadAsync(stop.Token), stop.Token);
        }
        catch (Exception e) when (ErrorOf(e, client.Request) is { } error)
        {
            throw new ApiException(error);
        }
        finally
        {
            gate.Exit();
        }

        DecisionHeaders.Write(context.Response, decision);
        await JsonResponse.WriteAsync(context, StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("object", "cascade.decision");
            CascadeWriter.WriteDecision(json, decision, decision.Member, decision.Path);
            json.WriteStartArray("escalates_to");
            foreach (string member in decision.EscalatesTo)
                json.WriteStringValue(member);
            json.WriteEndArray();
            CascadeWriter.WriteGuarantee(json, decision.Guarantee);
            json.WriteEndObject();
        });
    }

    /// <summary>What the client is told; null where it is no refusal or failure that it could be told of.</summary>
    private ApiError? ErrorOf(Exception exception, GenerationRequest? request) => exception switch
    {
        UnknownMemberException e => ApiError.ModelNotFound(Excerpt.Of(e.Name)),
        NoMemberException e => ApiError.Unavailable(e.Message, null, "no_model_ready"),
        RequestTooLongException e => ApiError.InvalidRequest(e.Message, "messages", ContextLengthExceeded),
        QueueFullException e => ApiError.QueueFull(e.Message, e.RetryAfter),
        UnknownTokenException or NoTokenAllowedException => ApiError.InvalidRequest(exception.Message, "logit_bias"),
        ChatTemplateException e => ApiError.InvalidRequest(e.Message, "messages", "chat_template_error"),
        RequestRefusedException e => ApiError.InvalidRequest(e.Message, null, "not_served_by_model"),
        MemberUnavailableException e => ApiError.Unavailable(e.Message, HasFailed(request?.Member) ? null : 5, "model_unavailable"),
        MemberException e => ApiError.Unavailable(e.Message, 5, "model_unavailable"),
        OperationCanceledException when gate.Aborted.IsCancellationRequested => ServerState.DrainingError(),
        OperationCanceledException or ApiException or BadHttpRequestException => null,
        _ => ApiError.Internal(),
    };

    private bool HasFailed(string? member) => member is not null && pool.Find(member)?.State == MemberState.Failed;
}
