namespace CascadeLocal.Contracts;

/// <summary>What answers for a name of the pool: a model in this process, or an endpoint elsewhere. Thread-safe.</summary>
public interface IMember : IDisposable
{
    /// <summary>What it can do.</summary>
    MemberCapabilities Capabilities { get; }

    /// <summary>What it is doing now.</summary>
    MemberLoad Load { get; }

    /// <summary>
    /// Hands it a request. It returns when the member has taken the request: from then on the answer comes, or fails, through the
    /// events of the answer.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="observer">Sees the answer where it is made, and may end it; null for nobody.</param>
    /// <param name="cancellationToken">Takes the request back while it is being handed over; afterwards <see cref="IAnswer.Stop"/> does.</param>
    /// <exception cref="MemberException">It does not take the request, for the reason that the exception's type says.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    ValueTask<IAnswer> StartAsync(GenerationRequest request, IAnswerObserver? observer, CancellationToken cancellationToken);

    /// <summary>
    /// Says whether it would take a request, as far as it knows by itself: it reads the prompt and decodes nothing. A member elsewhere knows
    /// nothing before it asks.
    /// </summary>
    /// <inheritdoc cref="StartAsync" path="/exception"/>
    ValueTask CheckAsync(GenerationRequest request, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>Sees an answer where it is made: on the member's own thread, before the reader does.</summary>
public interface IAnswerObserver
{
    /// <summary>A token was made. Must be quick, since the member waits, and must not throw.</summary>
    /// <param name="token">The token.</param>
    /// <param name="text">The whole text of the answer so far, the token's own included. Valid during the call.</param>
    /// <returns>False to end the answer with this token, as <see cref="FinishReason.Cancelled"/>.</returns>
    bool OnToken(in AnswerEvent token, ReadOnlySpan<char> text);
}

/// <summary>What a member can do.</summary>
public sealed record MemberCapabilities
{
    /// <summary>The model: a file's own name, or what the remote server calls it.</summary>
    public required string Model { get; init; }

    /// <summary>Tokens one sequence can hold, prompt and answer.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Requests it works on at once.</summary>
    public required int Parallel { get; init; }

    /// <summary>Weights in all; null where it is not known.</summary>
    public long? ParameterCount { get; init; }

    /// <summary>Tokens in its vocabulary; null where it is not known.</summary>
    public int? VocabularySize { get; init; }

    /// <summary>
    /// A hash of its vocabulary's content: texts and types of all tokens and the ids of the special ones, without the unused tokens
    /// that pad it. Null where it is not known.
    /// </summary>
    public string? VocabularyFingerprint { get; init; }

    /// <summary>What it tells about its tokens.</summary>
    public SignalKind Signals { get; init; } = SignalKind.Full;

    /// <summary>Whether its events have token ids, which a draft is made of.</summary>
    public bool TellsTokens => VocabularyFingerprint is not null;

    /// <summary>Why it cannot take conversations, only prompts of tokens; null where it can.</summary>
    public string? ChatProblem { get; init; }

    /// <summary>
    /// Whether it makes use of drafts. A model with recurrent layers cannot take back a wrong token, so it ignores them, and answers
    /// as without.
    /// </summary>
    public bool VerifiesDrafts { get; init; } = true;

    /// <summary>The model's own sampling defaults.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Whether token ids mean the same to both, so that the answer of one can be a draft for the other.</summary>
    public bool SharesVocabularyWith(MemberCapabilities other) =>
        VocabularyFingerprint is not null && VocabularyFingerprint == other.VocabularyFingerprint;
}

/// <summary>What a member tells about every token.</summary>
public enum SignalKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The log-probability of the token.</summary>
    LogProbability,

    /// <summary>Log-probability, and entropy and margin from the best candidates alone.</summary>
    TopCandidates,

    /// <summary>Log-probability, entropy and margin from all logits.</summary>
    Full,
}

/// <summary>What a member is doing.</summary>
/// <param name="Waiting">Requests that it has taken and not begun.</param>
/// <param name="Running">Requests that it works on.</param>
public readonly record struct MemberLoad(int Waiting, int Running);
