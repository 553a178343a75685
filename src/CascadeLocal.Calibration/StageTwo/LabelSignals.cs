using CascadeLocal.Calibration.Labels;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>The signals of an answer's tokens as a label has them.</summary>
internal static class LabelSignals
{
    /// <summary>How many tokens have signals; null where the label has none, or not all three.</summary>
    public static int? Count(LabelRow row) =>
        row.TokenLogprobs is { } logprobs && (row.Top5Logprobs is not null || (row.TokenEntropies is not null && row.TokenMargins is not null))
            ? logprobs.Length
            : null;

    /// <summary>Log-probability, entropy and margin of a token.</summary>
    public static (float LogProbability, float Entropy, float Margin) Of(LabelRow row, int token)
    {
        float logProbability = row.TokenLogprobs![token];
        // A fit needs numbers: a token without candidates counts as certain.
        Contracts.TokenSignals told = row.Top5Logprobs?[token] is { Length: > 0 } best
            ? Contracts.TokenSignals.FromCandidates(logProbability, best)
            : default;
        return (logProbability, row.TokenEntropies?[token] ?? told.Entropy, row.TokenMargins?[token] ?? told.Margin);
    }
}
