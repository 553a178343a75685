using CascadeLocal.Calibration.Labels;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>The signals of an answer's tokens as a label has them.</summary>
internal static class TokenSignals
{
    /// <summary>How many tokens have signals; null where the label has none, or not all three.</summary>
    public static int? Count(LabelRow row) =>
        row.TokenLogprobs is { } logprobs && (row.Top5Logprobs is not null || (row.TokenEntropies is not null && row.TokenMargins is not null))
            ? logprobs.Length
            : null;

    /// <summary>Log-probability, entropy and margin of a token.</summary>
    public static (float LogProbability, float Entropy, float Margin) Of(LabelRow row, int token) => (
        row.TokenLogprobs![token],
        row.TokenEntropies?[token] ?? Entropy(row.Top5Logprobs![token]),
        row.TokenMargins?[token] ?? Margin(row.Top5Logprobs![token]));

    // What the best ones leave counts as one more candidate: the least that the entropy can be, and near to it.
    private static float Entropy(float[] best)
    {
        double entropy = 0;
        double rest = 1;
        foreach (float logprob in best)
        {
            double probability = Math.Exp(logprob);
            entropy -= probability * logprob;
            rest -= probability;
        }

        return (float)(rest > 0 ? entropy - rest * Math.Log(rest) : entropy);
    }

    private static float Margin(float[] best) => best.Length > 1 ? best[0] - best[1] : 0;
}
