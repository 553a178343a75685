using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Tests.Judging;

/// <summary>A line of the label file.</summary>
internal sealed record RealTierRow(
    string Id,
    string Model,
    double Correct,
    string Output,
    string Finish,
    int OutputTokens,
    double TtftMs,
    double? TpotMs,
    double E2elMs,
    float[] TokenLogprobs,
    float[][] Top5Logprobs)
{
    /// <summary>The kind of question, which an id begins with.</summary>
    public string Task => Id[..Id.LastIndexOf('-')];

    public AnswerEnd End => Finish == "length" ? AnswerEnd.Length : AnswerEnd.Stop;

    /// <summary>What decoding showed of the first tokens; the text is taken to be spread evenly over them.</summary>
    public AnswerSignals Show(int tokens)
    {
        AnswerSignals signals = new();
        int known = Math.Min(tokens, TokenLogprobs.Length);
        for (int t = 0; t < known; t++)
        {
            float[] top = Top5Logprobs[t];
            float entropy = -top.Sum(p => MathF.Exp(p) * p);
            signals.Add(TokenLogprobs[t], entropy, top.Length > 1 ? top[0] - top[1] : 0);
        }

        signals.AddText(Output.AsSpan(0, (int)((long)Output.Length * known / Math.Max(1, TokenLogprobs.Length))));
        return signals;
    }
}
