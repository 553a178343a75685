using System.Globalization;

using CascadeLocal.Cascade.Passes;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Routing;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Text;
using CascadeLocal.Server.Errors;
using CascadeLocal.Server.Requests;

namespace CascadeLocal.Server.Endpoints;

/// <summary>Finds the member for a request and hands the request to it; what it refuses becomes an error of the API.</summary>
internal static class MemberSelector
{
    private const string ContextLengthExceeded = "context_length_exceeded";

    /// <exception cref="ApiException">No such member (404), or none can serve (503).</exception>
    public static async Task<CascadeDecision> DecideAsync(
        ModelPool pool, Router router, ChatCompletionRequest request, CascadeRequest conversation, CancellationToken cancellationToken)
    {
        if (request.Model is { } name)
        {
            return pool.Find(name) is null
                ? throw new ApiException(ApiError.ModelNotFound(Excerpt.Of(name)))
                : Router.Pin(conversation, name);
        }

        try
        {
            return await router.DecideAsync(conversation, cancellationToken);
        }
        catch (NoMemberException e)
        {
            throw new ApiException(ApiError.Unavailable(e.Message, null, "no_model_ready"));
        }
    }

    /// <exception cref="ApiException">The member refuses the request.</exception>
    public static RoutedGeneration Start(
        CascadeRunner runner, ModelPool pool, CascadeDecision decision, ChatCompletionRequest request, CascadeRequest conversation)
    {
        try
        {
            return runner.Start(conversation, decision);
        }
        catch (MemberUnavailableException e)
        {
            int? retryAfter = pool.Find(decision.Model)?.State == MemberState.Failed ? null : 5;
            throw new ApiException(ApiError.Unavailable(e.Message, retryAfter, "model_unavailable"));
        }
        catch (RequestTooLongException e)
        {
            throw new ApiException(TooLong(e, request));
        }
        catch (UnknownTokenException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message, "logit_bias"));
        }
        catch (ChatTemplateException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message, "messages", "chat_template_error"));
        }
        catch (QueueFullException e)
        {
            throw new ApiException(ApiError.QueueFull(e.Message));
        }
        catch (EngineException e)
        {
            throw new ApiException(ApiError.Unavailable(e.Message, 5, "model_unavailable"));
        }
    }

    private static ApiError TooLong(RequestTooLongException error, ChatCompletionRequest request) => request.MaxTokens > error.ContextLength
        ? ApiError.InvalidRequest(
            string.Create(CultureInfo.InvariantCulture, $"'{request.MaxTokensField}' is {request.MaxTokens}, but the context of '{error.Model}' is {error.ContextLength} tokens."),
            request.MaxTokensField,
            ContextLengthExceeded)
        : ApiError.InvalidRequest(error.Message, "messages", ContextLengthExceeded);
}
