using CascadeLocal.Calibration.Labels;
using CascadeLocal.Routing.Accounting;
using CascadeLocal.Routing.Judging.Signals;

namespace CascadeLocal.Calibration.Evaluation.Answers;

/// <summary>How one member answered one request, as a label has it. Times are in ms, NaN where they were not measured.</summary>
/// <param name="row">The label.</param>
internal sealed class RecordedAnswer(LabelRow row)
{
    /// <summary>How right it is, 0..1.</summary>
    public double Correct => row.Correct;

    /// <summary>Whether it counts as right.</summary>
    public bool IsRight => row.Correct >= 0.5;

    /// <summary>Its tokens; null where they were not counted.</summary>
    public int? Tokens { get; } = row.OutputTokens ?? row.TokenLogprobs?.Length;

    /// <summary>TTFT.</summary>
    public double TimeToFirstToken { get; } = row.TtftMs ?? double.NaN;

    /// <summary>E2EL.</summary>
    public double Latency { get; } = row.E2elMs ?? double.NaN;

    /// <summary>TPOT; NaN also below two tokens, where there is none.</summary>
    public double TimePerOutputToken => Tokens < 2 ? double.NaN : row.TpotMs ?? double.NaN;

    /// <summary>How it ended.</summary>
    public AnswerEnd End => row.FinishReason == "length" ? AnswerEnd.Length : AnswerEnd.Stop;

    /// <summary>Its text; empty where it was not kept.</summary>
    public string Text => row.Output ?? "";

    /// <summary>Whether its tokens come with log-probability, entropy and margin.</summary>
    public bool HasSignals =>
        row.TokenLogprobs is not null && (row.Top5Logprobs is not null || (row.TokenEntropies is not null && row.TokenMargins is not null));

    /// <summary>The tokens that can be shown to a judge: some files leave the one that ends an answer out of the signals.</summary>
    public int ShownTokens => HasSignals ? row.TokenLogprobs!.Length : Tokens ?? 0;

    /// <summary>What the whole of it took.</summary>
    public AnswerPass Pass => PassOf(Tokens) with { Latency = Latency };

    /// <summary>What it took up to a token.</summary>
    public AnswerPass PassOf(int? tokens)
    {
        double gaps = tokens is { } count ? Math.Max(count - 1, 0) : double.NaN;
        // One token has no time between tokens: none is charged, however long the answer might have gone on.
        double time = gaps == 0 ? 0 : TimePerOutputToken;
        return new(time, TimeToFirstToken + time * gaps, gaps);
    }

    /// <summary>The signals of a token: those that were kept, else from the five best candidates.</summary>
    public (float LogProbability, float Entropy, float Margin) SignalsOf(int token)
    {
        if (row.TokenLogprobs is not { } logprobs)
            return default;
        if (row.TokenEntropies is { } entropies && row.TokenMargins is { } margins)
            return (logprobs[token], entropies[token], margins[token]);
        float[] top = row.Top5Logprobs?[token] ?? [];
        return (logprobs[token], -top.Sum(p => MathF.Exp(p) * p), top.Length > 1 ? top[0] - top[1] : 0);
    }
}
