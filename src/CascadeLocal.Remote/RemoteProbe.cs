using CascadeLocal.Contracts;

namespace CascadeLocal.Remote;

/// <summary>Finds out what an endpoint tells, by a question of two tokens asked in the way that all others will be.</summary>
internal static class RemoteProbe
{
    private static readonly GenerationRequest Question = new()
    {
        Messages = [new ChatMessage("user", "Count from one to ten.")],
        MaxTokens = 2,
        Sampling = new SamplingOptions { Temperature = 0 },
    };

    /// <summary>Asks. An endpoint that refuses what is not in every server is asked for less, until it answers.</summary>
    /// <exception cref="MemberException">It does not answer even the plain question.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static async Task<RemoteFeatures> AskAsync(
        EndpointClient client, RemoteMemberOptions options, int contextLength, PromptLengths prompts, TimeProvider clock, CancellationToken cancellationToken)
    {
        (SignalKind Signals, bool Usage)[] attempts =
        [
            (SignalKind.TopCandidates, true), (SignalKind.TopCandidates, false), (SignalKind.LogProbability, true), (SignalKind.None, true),
        ];
        foreach ((SignalKind signals, bool usage) in attempts)
        {
            try
            {
                return await AskAsync(client, options, new RemoteFeatures(signals, usage, false, false), contextLength, prompts, clock, cancellationToken);
            }
            catch (RequestRefusedException)
            {
                // Less, then.
            }
        }

        return await AskAsync(client, options, new RemoteFeatures(SignalKind.None, false, false, false), contextLength, prompts, clock, cancellationToken);
    }

    private static async Task<RemoteFeatures> AskAsync(
        EndpointClient client, RemoteMemberOptions options, RemoteFeatures asked, int contextLength, PromptLengths prompts, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> body = RequestBody.Write(Question, options.Model, asked);
        HttpResponseMessage response = await client.SendAsync(body, Question, contextLength, cancellationToken);
        AnswerWire wire = new(response, Question, options, contextLength, client.Errors, prompts, body.Length);
        await using RemoteAnswer answer = RemoteAnswer.Begin(null, null, clock.GetTimestamp(), clock.GetTimestamp(), clock, wire.ReadAsync, wire.CloseAsync);
        try
        {
            await answer.FinishAsync(cancellationToken);
        }
        catch (EngineException e)
        {
            throw new MemberUnavailableException(e.Message, e);
        }

        return asked with
        {
            Signals = wire.Seen,
            TellsUsage = asked.TellsUsage && wire.Usage is { CompletionTokens: not null },
            TellsCachedTokens = wire.Usage?.PromptTokensDetails?.CachedTokens is not null,
            TellsTokenIds = wire.ToldIds,
        };
    }
}
