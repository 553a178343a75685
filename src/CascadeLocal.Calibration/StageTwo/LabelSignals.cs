using CascadeLocal.Calibration.Labels;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>The signals of an answer's tokens as a label has them.</summary>
internal static class LabelSignals
{
    /// <summary>The most that a label tells of its tokens.</summary>
    public static SignalSet SetOf(LabelRow row)
    {
        if (row.TokenLogprobs is null)
            return row.Confidence is null ? SignalSet.None : SignalSet.Confidence;
        return row.Top5Logprobs is not null || (row.TokenEntropies is not null && row.TokenMargins is not null) ? SignalSet.Full : SignalSet.LogProbability;
    }

    /// <summary>How many tokens have signals; null where no single one has.</summary>
    public static int? Count(LabelRow row) => row.TokenLogprobs?.Length;

    /// <summary>The tokens that can be shown to a judge: a label may count one more that ended the answer.</summary>
    public static int ShownTokens(LabelRow row) => Count(row) ?? Math.Max(JudgedTable.TokensOf(row), row.Confidence is null ? 0 : 1);

    /// <summary>
    /// Log-probability, entropy and margin of one of the shown tokens; NaN for what the label does not tell. The last token of an answer
    /// with nothing but its confidence has all of that, so that the sum over its tokens is right.
    /// </summary>
    public static (float LogProbability, float Entropy, float Margin) Of(LabelRow row, int token)
    {
        if (row.TokenLogprobs is null)
            return (token == ShownTokens(row) - 1 ? row.Confidence ?? float.NaN : float.NaN, float.NaN, float.NaN);
        float logProbability = row.TokenLogprobs[token];
        // A fit needs numbers: a token without candidates counts as certain.
        Contracts.TokenSignals told = row.Top5Logprobs is not { } candidates ? new(logProbability, float.NaN, float.NaN)
            : candidates[token] is { Length: > 0 } best ? Contracts.TokenSignals.FromCandidates(logProbability, best)
            : default;
        return (logProbability, row.TokenEntropies?[token] ?? told.Entropy, row.TokenMargins?[token] ?? told.Margin);
    }
}
