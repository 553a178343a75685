using System.Security.Cryptography;

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
    private readonly bool _bansTokens;
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
        _bansTokens = parameters.LogitBias.Values.Any(LogitEdits.Bans);
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
            throw new NoTokenLeftException(Filter is not null && _bansTokens);
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

/// <summary>A token that was chosen and what the raw logits say about it.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="Signals">Its signals.</param>
internal readonly record struct SampledToken(int Id, TokenSignals Signals);

/// <summary>
/// How the next token is chosen. The order is llama.cpp's: bias and penalties on the logits, then top-k, top-p and
/// min-p on the distribution at temperature 1, then the temperature, then one draw.
/// </summary>
public sealed record SamplingParameters
{
    /// <summary>Always the most probable token; of equal ones the lowest id.</summary>
    public static SamplingParameters Greedy { get; } = new() { Temperature = 0 };

    /// <summary>0 is greedy; 1 leaves the distribution as it is.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Only the k most probable tokens stay; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Only the smallest set of most probable tokens that reaches this mass stays; 1 keeps all.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Only tokens at least this share as probable as the best one stay; 0 keeps all.</summary>
    public float MinP { get; init; }

    /// <summary>Divides (or, below zero, multiplies) the logit of every token in prompt or answer; 1 is off.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted from a token's logit for every time it stands in the answer; 0 is off.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Subtracted once from the logit of a token that stands in the answer; 0 is off.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Added to the logits of single tokens, by token id; -100 or less bans a token, as OpenAI's API has it.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();

    /// <summary>The seed of the draws; null takes a new one every time.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The settings of a request: its own, then the configuration's, then the file's, then <see cref="SamplingOptions.Fallback"/>.</summary>
    public static SamplingParameters Of(GenerationRequest request, SamplingOptions configured, SamplingOptions file)
    {
        SamplingOptions layers = request.Sampling.Over(configured).Over(file).Over(SamplingOptions.Fallback);
        SamplingParameters neutral = new();
        return new()
        {
            Temperature = layers.Temperature ?? neutral.Temperature,
            TopK = layers.TopK ?? neutral.TopK,
            TopP = layers.TopP ?? neutral.TopP,
            MinP = layers.MinP ?? neutral.MinP,
            RepetitionPenalty = layers.RepetitionPenalty ?? neutral.RepetitionPenalty,
            FrequencyPenalty = layers.FrequencyPenalty ?? neutral.FrequencyPenalty,
            PresencePenalty = layers.PresencePenalty ?? neutral.PresencePenalty,
            LogitBias = request.LogitBias,
            Seed = request.Seed,
        };
    }
}

/// <summary>
/// Steele, Lea and Flood's SplitMix64: 64 bits of state, so that a seed gives the same draws on every version of .NET.
/// </summary>
internal struct SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A generator whose seed nobody knows.</summary>
    public static SplitMix64 FromEntropy()
    {
        Span<byte> seed = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(seed);
        return new SplitMix64(BitConverter.ToUInt64(seed));
    }

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>The next number in [0, 1), a multiple of 2^-53.</summary>
    public double NextUniform() => (Next() >> 11) * (1.0 / (1UL << 53));
}

/// <summary>What tokens the form of an answer allows next. For one sequence and its thread.</summary>
internal interface ITokenFilter
{
    /// <summary>Whether a token may come next; quick.</summary>
    bool Allows(int token);

    /// <summary>All tokens that may come next, one bit for each, the lowest id in the lowest bit. Valid until the next call.</summary>
    ReadOnlySpan<ulong> Allowed { get; }

    /// <summary>A token that is allowed joined the answer.</summary>
    void Accept(int token);
}

/// <summary>Leaves only some tokens of a vocabulary possible.</summary>
internal static class TokenMask
{
    /// <summary>Makes every token impossible whose bit is not set.</summary>
    public static void Apply(Span<float> logits, ReadOnlySpan<ulong> allowed)
    {
        for (int word = 0; word * 64 < logits.Length; word++)
        {
            ulong bits = word < allowed.Length ? allowed[word] : 0;
            if (bits == ulong.MaxValue)
                continue;
            Span<float> block = logits.Slice(word * 64, Math.Min(64, logits.Length - word * 64));
            if (bits == 0)
            {
                block.Fill(float.NegativeInfinity);
                continue;
            }

            for (int i = 0; i < block.Length; i++)
            {
                if ((bits >> i & 1) == 0)
                    block[i] = float.NegativeInfinity;
            }
        }
    }
}

/// <summary>Every token is impossible: banned, or its logit is not a number or minus infinity.</summary>
/// <param name="isAskedFor">Whether the form of the answer allows only tokens that the request bans.</param>
internal sealed class NoTokenLeftException(bool isAskedFor) : InvalidOperationException(isAskedFor
    ? "No token can follow: 'logit_bias' bans every one that the form of the answer allows."
    : "No token can follow: every one is banned, or the model's logits are not numbers.")
{
    /// <summary>Whether the form of the answer allows only tokens that the request bans.</summary>
    public bool IsAskedFor => isAskedFor;
}
