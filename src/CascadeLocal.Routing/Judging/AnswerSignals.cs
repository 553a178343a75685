namespace CascadeLocal.Routing.Judging;

/// <summary>
/// What decoding shows of one answer, token by token. Features can be taken at any token; neither that nor adding allocates.
/// Not for several threads at once.
/// </summary>
public sealed class AnswerSignals
{
    // Log-probabilities nearer to 0 than this are not told apart.
    private const double Certain = 1e-7;

    private readonly SignalSummary _logProbabilities = new();
    private readonly SignalSummary _entropies = new();
    private readonly SignalSummary _margins = new();
    private readonly RepetitionMeter _repetition = new();
    private double _confidence = double.NaN;

    /// <summary>The names of what <see cref="WriteShape"/> writes.</summary>
    internal static IReadOnlyList<string> ShapeNames { get; } = ["log_tokens", "tokens", "stopped", "cut", "repetition"];

    /// <summary>How many tokens there are so far.</summary>
    public int Tokens { get; private set; }

    /// <summary>Takes the next token's signals, all from raw logits at temperature 1; NaN for what is not known.</summary>
    /// <param name="logProbability">Of the token, at most 0.</param>
    /// <param name="entropy">Of its distribution, in nats.</param>
    /// <param name="margin">Log-probability of the best candidate less that of the second.</param>
    public void Add(float logProbability, float entropy, float margin)
    {
        Tokens++;
        if (!float.IsNaN(logProbability))
        {
            _logProbabilities.Add(logProbability);
            _confidence = double.IsNaN(_confidence) ? logProbability : _confidence + logProbability;
        }

        if (!float.IsNaN(entropy))
            _entropies.Add(entropy);
        if (!float.IsNaN(margin))
            _margins.Add(margin);
    }

    /// <summary>Takes the next piece of the answer's text; how it is cut into pieces makes no difference.</summary>
    public void AddText(ReadOnlySpan<char> text) => _repetition.Add(text);

    internal void WriteSignals(SignalSet set, AnswerEnd end, Span<float> features)
    {
        if (set == SignalSet.None)
            return;
        if (set == SignalSet.Confidence)
        {
            features[0] = end == AnswerEnd.Running ? float.NaN : Confidence(-_confidence);
            return;
        }

        if (set == SignalSet.LogProbability)
        {
            features[0] = Confidence(_logProbabilities.Mean);
            features = features[1..];
        }

        int each = SignalSummary.Names.Count;
        _logProbabilities.Write(features[..each]);
        if (set == SignalSet.LogProbability)
            return;
        _entropies.Write(features.Slice(each, each));
        _margins.Write(features.Slice(2 * each, each));
    }

    private static float Confidence(double surprise) => (float)-Math.Log(Math.Max(surprise, 0) + Certain);

    internal void WriteShape(AnswerEnd end, Span<float> features)
    {
        features[0] = MathF.Log(1 + Tokens);
        features[1] = Tokens;
        features[2] = end == AnswerEnd.Stop ? 1 : 0;
        features[3] = end == AnswerEnd.Length ? 1 : 0;
        features[4] = _repetition.Share;
    }
}

/// <summary>How an answer ended, if it has.</summary>
public enum AnswerEnd
{
    /// <summary>It is still being decoded: what is judged is a prefix.</summary>
    Running,

    /// <summary>The model ended it, or a stop string did.</summary>
    Stop,

    /// <summary>It was cut at the limit of tokens.</summary>
    Length,
}
