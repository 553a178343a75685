using System.Text.Unicode;

using CascadeLocal.Contracts;

namespace CascadeLocal.Remote;

/// <summary>Takes signals and candidates from a token's log-probabilities.</summary>
internal static class CandidateReading
{
    /// <summary>
    /// The best candidates that entropy and margin are taken from, as many as labels have in <c>top5_logprobs</c>. Always as many,
    /// however many a request asks for: with another number they are others, and a judge must see what it was fitted with.
    /// </summary>
    public const int Candidates = 5;

    /// <summary>A token's signals.</summary>
    public static TokenSignals SignalsOf(WireToken token)
    {
        float own = LogProbability(token, float.NaN);
        if (token.TopLogprobs is not { Count: > 0 } told)
            return TokenSignals.FromCandidates(own, []);
        Span<float> sorted = told.Count <= 64 ? stackalloc float[told.Count] : new float[told.Count];
        for (int i = 0; i < told.Count; i++)
            sorted[i] = -LogProbability(told[i], float.NegativeInfinity);
        sorted.Sort();
        Span<float> best = sorted[..Math.Min(Candidates, sorted.Length)];
        foreach (ref float value in best)
            value = -value;
        return TokenSignals.FromCandidates(own, best);
    }

    /// <summary>What signals tell.</summary>
    public static SignalKind KindOf(TokenSignals? signals) => signals switch
    {
        null or { LogProbability: float.NaN } => SignalKind.None,
        { Entropy: float.NaN } => SignalKind.LogProbability,
        _ => SignalKind.TopCandidates,
    };

    /// <summary>A token, and behind it the best candidates in its place, the best first.</summary>
    public static IReadOnlyList<TokenCandidate> Best(WireToken token, int count) =>
        [ToCandidate(token), .. (token.TopLogprobs ?? []).Select(ToCandidate).OrderByDescending(candidate => candidate.LogProbability).Take(count)];

    // Where the bytes are no whole characters, the text does not say them.
    private static TokenCandidate ToCandidate(WireToken token)
    {
        byte[]? bytes = token.Bytes is { } told && told.All(b => b is >= 0 and <= byte.MaxValue) ? [.. told.Select(b => (byte)b)] : null;
        return new(token.Token ?? "", LogProbability(token, -float.MaxValue)) { Bytes = bytes is not null && !Utf8.IsValid(bytes) ? bytes : null };
    }

    // Rounding may lift a certain token above 0.
    private static float LogProbability(WireToken token, float missing) => token.Logprob is { } told ? Math.Min(0, told) : missing;
}
