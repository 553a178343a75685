namespace CascadeLocal.Engine.Sampling;

/// <summary>
/// Chooses the tokens of one sequence. It keeps the state of the draws and of the penalties, so a preempted sequence
/// goes on with the same object. Sampling allocates nothing.
/// </summary>
internal sealed class TokenSampler
{
    private readonly int _vocabularySize;
    private readonly TokenSelection _selection;
    private readonly LogitEdits _edits;
    private readonly List<(int Token, float LogProbability)> _candidates = [];
    private SplitMix64 _random;
    private IReadOnlyList<int> _endTokens = [];
    private int _tokensToEnd;

    /// <param name="parameters">The settings.</param>
    /// <param name="vocabularySize">Logits per step.</param>
    /// <param name="promptTokens">What the repetition penalty counts beside the answer.</param>
    /// <param name="bannedTokens">Tokens that are never chosen, such as the end tokens under ignore_eos.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of its range or a token outside the vocabulary.</exception>
    public TokenSampler(
        SamplingParameters parameters, int vocabularySize, ReadOnlySpan<int> promptTokens, ReadOnlySpan<int> bannedTokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabularySize);
        Validate(parameters);
        foreach (int token in parameters.LogitBias.Keys)
            ValidateToken(token, vocabularySize, nameof(parameters));
        foreach (int token in promptTokens)
            ValidateToken(token, vocabularySize, nameof(promptTokens));
        foreach (int token in bannedTokens)
            ValidateToken(token, vocabularySize, nameof(bannedTokens));

        _vocabularySize = vocabularySize;
        _selection = new TokenSelection(parameters.Temperature, parameters.TopK, parameters.TopP, parameters.MinP);
        _edits = new LogitEdits(parameters, vocabularySize, promptTokens, bannedTokens);
        _random = parameters.Seed is { } seed ? new SplitMix64(seed) : SplitMix64.FromEntropy();
    }

    /// <summary>What the answer's form allows; null where it has none.</summary>
    public ITokenFilter? Filter { get; init; }

    /// <summary>How many of the best candidates are told with every token; null for none.</summary>
    public int? TopCandidates { get; init; }

    /// <summary>
    /// The best candidates for the token that was sampled last, best first, with the log-probabilities that the raw logits give them.
    /// </summary>
    public IReadOnlyList<(int Token, float LogProbability)> Candidates => _candidates;

    /// <summary>True if the choice is always the best token, so that no random number is drawn.</summary>
    public bool IsGreedy => _selection.Temperature == 0 || _selection.TopK == 1;

    /// <summary>Bans tokens until a number of tokens was accepted.</summary>
    public void BanUntil(int tokens, IReadOnlyList<int> banned)
    {
        if (tokens <= 0)
            return;
        (_tokensToEnd, _endTokens) = (tokens, banned);
        _edits.Ban(banned);
    }

    /// <summary>Chooses the next token.</summary>
    /// <param name="logits">
    /// The model's own buffer, one per token of the vocabulary; bias and penalties are written into it for the time of
    /// the call and undone exactly.
    /// </param>
    /// <param name="workspace">That of the calling thread.</param>
    /// <exception cref="NoTokenLeftException">No token is possible.</exception>
    public SampledToken Sample(Span<float> logits, LogitsWorkspace workspace)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(logits.Length, _vocabularySize);
        LogitsSummary summary = workspace.Kernel.Summarize(logits);
        if (TopCandidates is { } count)
            FindCandidates(logits, summary, count, workspace);
        int token = IsGreedy && _edits.IsEmpty ? summary.Best : Choose(logits, workspace);
        if (token >= 0 && Filter?.Allows(token) == false)
            token = ChooseAllowed(logits, Filter.Allowed, workspace);
        if (token < 0)
            throw new NoTokenLeftException();
        return new SampledToken(token, summary.SignalsOf(logits[token]));
    }

    /// <summary>Notes that a token joined the answer: the penalties count it from now on.</summary>
    public void Accept(int token)
    {
        ValidateToken(token, _vocabularySize, nameof(token));
        _edits.CountAnswerToken(token);
        if (_tokensToEnd > 0 && --_tokensToEnd == 0)
            _edits.Allow(_endTokens);
        Filter?.Accept(token);
    }

    private int Choose(Span<float> logits, LogitsWorkspace workspace)
    {
        double uniform = IsGreedy ? 0 : _random.NextUniform();
        _edits.Apply(logits);
        int token = workspace.Kernel.Choose(logits, _selection, uniform, workspace.Scratch);
        _edits.Undo(logits);
        return token;
    }

    /// <summary>
    /// The choice among what the form allows, after one among all was not: together they draw every allowed token with its share of
    /// what is allowed. What is not allowed stays impossible in the buffer, which nobody reads again.
    /// </summary>
    private int ChooseAllowed(Span<float> logits, ReadOnlySpan<ulong> allowed, LogitsWorkspace workspace)
    {
        TokenMask.Apply(logits, allowed);
        return Choose(logits, workspace);
    }

    private void FindCandidates(ReadOnlySpan<float> logits, in LogitsSummary summary, int count, LogitsWorkspace workspace)
    {
        _candidates.Clear();
        foreach (ulong key in ManagedTokenChoice.Best(logits, count, workspace.Scratch))
            _candidates.Add((SortKey.Token(key), summary.SignalsOf(SortKey.Logit(key)).LogProbability));
    }

    private static void Validate(SamplingParameters parameters)
    {
        Require(parameters.Temperature is >= 0 and <= float.MaxValue, nameof(parameters.Temperature), parameters.Temperature);
        Require(parameters.TopK >= 0, nameof(parameters.TopK), parameters.TopK);
        Require(parameters.TopP is >= 0 and <= 1, nameof(parameters.TopP), parameters.TopP);
        Require(parameters.MinP is >= 0 and <= 1, nameof(parameters.MinP), parameters.MinP);
        Require(
            parameters.RepetitionPenalty is > 0 and <= float.MaxValue,
            nameof(parameters.RepetitionPenalty),
            parameters.RepetitionPenalty);
        Require(float.IsFinite(parameters.FrequencyPenalty), nameof(parameters.FrequencyPenalty), parameters.FrequencyPenalty);
        Require(float.IsFinite(parameters.PresencePenalty), nameof(parameters.PresencePenalty), parameters.PresencePenalty);
        foreach ((int token, float bias) in parameters.LogitBias)
            Require(!float.IsNaN(bias), $"{nameof(parameters.LogitBias)}[{token}]", bias);
    }

    private static void Require(bool holds, string setting, object value)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(setting, value, "The setting is out of its range.");
    }

    private static void ValidateToken(int token, int vocabularySize, string parameter)
    {
        if ((uint)token >= (uint)vocabularySize)
            throw new ArgumentOutOfRangeException(parameter, token, $"The token is outside the vocabulary of {vocabularySize}.");
    }
}
