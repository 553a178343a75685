using CascadeLocal.Cascade.Members;
using CascadeLocal.Cascade.Pool;
using CascadeLocal.Cascade.Routing;
using CascadeLocal.Engine;
using CascadeLocal.Routing.Judging.Answers;

namespace CascadeLocal.Cascade.Passes;

/// <summary>Hands one request to members.</summary>
/// <param name="pool">The members.</param>
/// <param name="request">The request.</param>
/// <param name="draftBreakEven">Rejected answers are drafts where their member's accepted share is above this.</param>
internal sealed class PassStarter(ModelPool pool, CascadeRequest request, double draftBreakEven)
{
    /// <summary>Hands it to a member, whose answer may be rejected if it is judged and the path goes on behind it.</summary>
    /// <param name="path">The path.</param>
    /// <param name="rung">The member's place on it.</param>
    /// <param name="rejected">The answer that was rejected before, if one was.</param>
    /// <inheritdoc cref="StartAlone" path="/exception"/>
    public Pass Start(EscalationPath path, int rung, Pass? rejected = null)
    {
        string model = path.Rungs[rung].Model;
        return Start(model, path.Judge(rung), path.IsGated(rung), rejected is null ? default : DraftOf(path, rejected, model));
    }

    /// <summary>Hands it to a member whose answer is delivered as it is.</summary>
    /// <param name="model">The member.</param>
    /// <param name="draft">The beginning of its answer, as far as it is known.</param>
    /// <exception cref="MemberUnavailableException">The member is not ready.</exception>
    /// <exception cref="UnknownTokenException">A bias names a token that it does not have.</exception>
    /// <inheritdoc cref="IMemberBackend.Generate" path="/exception"/>
    public Pass StartAlone(string model, ReadOnlyMemory<int> draft = default) => Start(model, null, false, draft);

    private Pass Start(string model, RunningVerdict? verdict, bool isGated, ReadOnlyMemory<int> draft)
    {
        PoolMember member = pool.Find(model) ?? throw new MemberUnavailableException($"The model '{model}' was just removed.");
        if (member.Info is { } info)
            Check(info, model);
        IMemberGeneration generation = member.Generate(new MemberRequest
        {
            Messages = request.Messages,
            MaxTokens = request.MaxTokens,
            Sampling = member.ResolveSampling(request.Sampling) with { LogitBias = request.LogitBias, Seed = request.Seed },
            Stop = request.Stop,
            IgnoreEndOfSequence = request.IgnoreEndOfSequence,
            Draft = draft,
            CacheSalt = request.CacheSalt,
        });
        return new Pass(model, generation, verdict, isGated, holds: isGated || !request.Streams, draft.Length);
    }

    private ReadOnlyMemory<int> DraftOf(EscalationPath path, Pass rejected, string model)
    {
        Rung? from = path.Rungs.FirstOrDefault(r => r.Model == rejected.Model);
        bool pays = from?.AcceptedShare > draftBreakEven
            && pool.Find(rejected.Model)?.Info is { } own
            && pool.Find(model)?.Info is { } other
            && own.SharesVocabularyWith(other);
        return pays ? rejected.Tokens : default;
    }

    private void Check(ModelInfo info, string model)
    {
        if (request.MaxTokens > info.ContextLength)
            throw new ContextLengthExceededException(0, request.MaxTokens.Value, info.ContextLength);
        foreach (int token in request.LogitBias.Keys)
        {
            if (token >= info.VocabularySize)
                throw new UnknownTokenException(model, token, info.VocabularySize);
        }
    }
}
