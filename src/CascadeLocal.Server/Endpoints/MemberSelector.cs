using System.Globalization;

using CascadeLocal.Cascade.Members;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Text;
using CascadeLocal.Server.Errors;
using CascadeLocal.Server.Requests;
using CascadeLocal.Server.Security;

namespace CascadeLocal.Server.Endpoints;

/// <summary>Finds the member for a request and hands the request to it; what it refuses becomes an error of the API.</summary>
internal static class MemberSelector
{
    private const string ContextLengthExceeded = "context_length_exceeded";

    /// <exception cref="ApiException">No such member (404), or it cannot serve (503).</exception>
    public static PoolMember Select(ModelPool pool, ChatCompletionRequest request)
    {
        if (request.Model is null)
            return pool.Strongest ?? throw new ApiException(ApiError.Unavailable("No model is ready.", null, "no_model_ready"));
        return pool.Find(request.Model)
            ?? throw new ApiException(ApiError.ModelNotFound(Excerpt.Of(request.Model)));
    }

    /// <exception cref="ApiException">The member refuses the request.</exception>
    public static IMemberGeneration Start(PoolMember member, ChatCompletionRequest request, ClientIdentity client)
    {
        try
        {
            if (member.Info is { } info)
                CheckAgainst(info, member.Name, request);
            return member.Generate(new MemberRequest
            {
                Messages = request.Messages,
                MaxTokens = request.MaxTokens,
                Sampling = member.ResolveSampling(request.Sampling) with { LogitBias = request.LogitBias, Seed = request.Seed },
                Stop = request.Stop,
                IgnoreEndOfSequence = request.IgnoreEndOfSequence,
                CacheSalt = client.CacheSalt,
            });
        }
        catch (MemberUnavailableException e)
        {
            int? retryAfter = member.State == MemberState.Failed ? null : 5;
            throw new ApiException(ApiError.Unavailable(e.Message, retryAfter, "model_unavailable"));
        }
        catch (ContextLengthExceededException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message, "messages", ContextLengthExceeded));
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

    private static void CheckAgainst(ModelInfo info, string name, ChatCompletionRequest request)
    {
        if (request.MaxTokens > info.ContextLength)
        {
            throw new ApiException(ApiError.InvalidRequest(
                string.Create(CultureInfo.InvariantCulture, $"'{request.MaxTokensField}' is {request.MaxTokens}, but the context of '{name}' is {info.ContextLength} tokens."),
                request.MaxTokensField,
                ContextLengthExceeded));
        }

        foreach (int token in request.LogitBias.Keys)
        {
            if (token >= info.VocabularySize)
            {
                throw new ApiException(ApiError.InvalidRequest(
                    string.Create(CultureInfo.InvariantCulture, $"'logit_bias' names token {token}, but the vocabulary of '{name}' has {info.VocabularySize} tokens."),
                    "logit_bias"));
            }
        }
    }
}
