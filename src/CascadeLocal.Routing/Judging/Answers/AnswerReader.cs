using CascadeLocal.Routing.Judging.Signals;
using CascadeLocal.Routing.Judging.Text;

namespace CascadeLocal.Routing.Judging.Answers;

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
    private readonly System.Text.StringBuilder _text = new();

    /// <summary>The features that are given.</summary>
    public FeatureLayout Layout => layout;

    /// <summary>How many tokens there are so far.</summary>
    public int Tokens => _signals.Tokens;

    /// <summary>Takes the next token.</summary>
    /// <param name="logProbability">Of the token, at most 0.</param>
    /// <param name="entropy">Of its distribution, in nats.</param>
    /// <param name="margin">Log-probability of the best candidate less that of the second.</param>
    /// <param name="text">The text that it released; may be empty.</param>
    public void Add(float logProbability, float entropy, float margin, string text)
    {
        _signals.Add(logProbability, entropy, margin);
        AddText(text);
    }

    /// <summary>Takes tokens whose signals are not known.</summary>
    /// <param name="tokens">How many.</param>
    /// <param name="text">The text that they released.</param>
    public void AddUnknown(int tokens, string text)
    {
        _signals.AddUnknown(tokens);
        AddText(text);
    }

    /// <summary>The features of the answer so far.</summary>
    /// <param name="end">How it ended, if it has.</param>
    public float[] Features(AnswerEnd end)
    {
        ReadOnlySpan<float> text = layout.TextFeatures.Count == 0 ? [] : AnswerTextFeatures.Compute(question, _text.ToString());
        float[] features = new float[layout.Count];
        layout.Write(_signals, end, cluster, query.Span, text, features);
        return features;
    }

    private void AddText(string text)
    {
        _signals.AddText(text);
        _text.Append(text);
    }
}
