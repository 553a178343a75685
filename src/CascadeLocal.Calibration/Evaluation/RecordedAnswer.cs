using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>How one member answered one request, as a label has it. Times are in ms, NaN where they were not measured.</summary>
/// <param name="row">The label.</param>
internal sealed class RecordedAnswer(LabelRow row)
{
    /// <summary>How right it is, 0..1.</summary>
    public double Correct => row.Correct;

    /// <summary>Its tokens; where they were not counted estimated from its text, two at least.</summary>
    public int Tokens { get; } = JudgedTable.ChargedTokensOf(row);

    /// <summary>Whether its tokens were counted.</summary>
    public bool HasLength => JudgedTable.HasLength(row);

    /// <summary>TTFT.</summary>
    public double TimeToFirstToken { get; } = row.TtftMs ?? double.NaN;

    /// <summary>E2EL.</summary>
    public double Latency { get; } = row.E2elMs ?? double.NaN;

    /// <summary>What it cost, in the unit of the labels; NaN where that is not known.</summary>
    public double Cost { get; } = row.CostUsd ?? double.NaN;

    /// <summary>TPOT; NaN also below two tokens, where there is none.</summary>
    public double TimePerOutputToken => Tokens < 2 ? double.NaN : row.TpotMs ?? double.NaN;

    /// <summary>Its cost under a metric.</summary>
    public double Under(CostMetric metric) => metric switch
    {
        CostMetric.Tpot => TimePerOutputToken,
        CostMetric.E2el => Latency,
        _ => Cost,
    };

    /// <summary>
    /// The one number that an interface gives of a whole answer: its log-probability, or where tokens have their own the mean of these, so
    /// that long answers are not unsure for being long. NaN without.
    /// </summary>
    public float Confidence { get; } = row.Confidence ?? (row.TokenLogprobs is { Length: > 0 } tokens ? tokens.Average() : float.NaN);

    /// <summary>How it ended.</summary>
    public AnswerEnd End => row.FinishReason == "length" ? AnswerEnd.Length : AnswerEnd.Stop;

    /// <summary>Whether its text was kept.</summary>
    public bool HasText => row.Output is not null;

    /// <summary>The most that is known of its tokens.</summary>
    public SignalSet Signals => LabelSignals.SetOf(row);

    /// <summary>The tokens that can be shown to a judge.</summary>
    public int ShownTokens => LabelSignals.ShownTokens(row);

    /// <summary>What each of the shown tokens released.</summary>
    public TokenText TokenTexts => new(row, ShownTokens);

    /// <summary>Whether it is known what each token released.</summary>
    public bool HasTokenTexts => TokenText.IsExact(row, ShownTokens);

    /// <summary>What the whole of it took.</summary>
    public AnswerPass Pass => PassOf(Tokens) with { Latency = Latency, Cost = Cost };

    /// <summary>What it took up to a token.</summary>
    public AnswerPass PassOf(int tokens)
    {
        int gaps = Math.Max(tokens - 1, 0);
        // One token has no time between tokens: none is charged, however long the answer might have gone on.
        double time = gaps == 0 ? 0 : TimePerOutputToken;
        // Where only the whole has a cost, an answer that is dropped early is charged in full.
        double saved = row.TokenCost * (Tokens - tokens);
        double decoding = gaps == 0 ? 0 : (JudgedTable.TpotOf(row) ?? double.NaN) * gaps;
        return new(time, TimeToFirstToken + decoding, gaps) { Cost = Cost - saved };
    }

    /// <summary>The signals of a token; NaN for what is not known.</summary>
    public (float LogProbability, float Entropy, float Margin) SignalsOf(int token) => LabelSignals.Of(row, token);
}
