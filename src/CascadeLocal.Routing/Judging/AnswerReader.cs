namespace CascadeLocal.Routing.Judging;

/// <summary>
/// Gathers one answer token by token and gives its features, at any token and at the end: the one way from an answer to what
/// a head sees, for fitting and for serving. Not for several threads at once.
/// </summary>
/// <param name="layout">Which features are wanted.</param>
/// <param name="question">The query's text.</param>
/// <param name="cluster">The query's cluster.</param>
/// <param name="query">The query's reduced embedding, of the layout's length.</param>
public sealed class AnswerReader(FeatureLayout layout, string question, int cluster, ReadOnlyMemory<float> query)
{
    private readonly AnswerSignals _signals = new();
    private int _length;
    private ITextReader? _reader;

    /// <summary>The features that are given.</summary>
    public FeatureLayout Layout => layout;

    /// <summary>How many tokens there are so far.</summary>
    public int Tokens => _signals.Tokens;

    /// <summary>Takes the next token.</summary>
    /// <param name="logProbability">Of the token, at most 0.</param>
    /// <param name="entropy">Of its distribution, in nats.</param>
    /// <param name="margin">Log-probability of the best candidate less that of the second.</param>
    /// <param name="answer">All text of the answer so far, what the token released included.</param>
    public void Add(float logProbability, float entropy, float margin, ReadOnlySpan<char> answer)
    {
        _signals.Add(logProbability, entropy, margin);
        AddText(answer);
    }

    /// <summary>Takes tokens whose signals are not known.</summary>
    /// <param name="tokens">How many.</param>
    /// <param name="answer">All text of the answer so far, what they released included.</param>
    public void AddUnknown(int tokens, ReadOnlySpan<char> answer)
    {
        _signals.AddUnknown(tokens);
        AddText(answer);
    }

    /// <summary>The features of the answer so far.</summary>
    /// <param name="end">How it ended, if it has.</param>
    /// <param name="answer">All of its text.</param>
    public float[] Features(AnswerEnd end, ReadOnlySpan<char> answer)
    {
        AddText(answer);
        _reader ??= layout.Text?.ReaderOf(question);
        ReadOnlySpan<float> text = _reader is null ? [] : _reader.Read(answer.ToString());
        float[] features = new float[layout.Count];
        layout.Write(_signals, end, cluster, query.Span, text, features);
        return features;
    }

    private void AddText(ReadOnlySpan<char> answer)
    {
        _signals.AddText(answer[_length..]);
        _length = answer.Length;
    }
}
