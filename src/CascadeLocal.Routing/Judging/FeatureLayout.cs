namespace CascadeLocal.Routing.Judging;

/// <summary>Which features a head sees, and where in the vector each is. Of one layout, vectors of all answers fit together.</summary>
public sealed class FeatureLayout
{
    /// <summary>
    /// The name of the feature −ln(−c + 1e-7), c being the confidence, or the mean log-probability of the tokens. It grows with c, and tells
    /// apart what lies within a millionth of certain, where most answers of a large model are.
    /// </summary>
    public const string Confidence = "confidence";

    private readonly int _clusterStart;
    private readonly int _queryStart;
    private readonly int _textStart;

    /// <param name="signals">What is known of the answer's tokens.</param>
    /// <param name="clusters">How many clusters there are; 0 leaves the cluster out.</param>
    /// <param name="queryDimensions">Length of the query's vector, reduced or not; 0 leaves it out.</param>
    /// <param name="text">What is read from the text; null for nothing.</param>
    public FeatureLayout(SignalSet signals, int clusters, int queryDimensions, ITextFeatures? text = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(clusters);
        ArgumentOutOfRangeException.ThrowIfNegative(queryDimensions);
        (Signals, Clusters, QueryDimensions, Text) = (signals, clusters, queryDimensions, text);

        List<(string Name, FeatureGroup Group)> features = [];
        if (signals is SignalSet.Confidence or SignalSet.LogProbability)
            features.Add((Confidence, FeatureGroup.LogProbability));
        if (signals >= SignalSet.LogProbability)
            features.AddRange(SignalSummary.Names.Select(n => ($"log_probability_{n}", FeatureGroup.LogProbability)));
        if (signals == SignalSet.Full)
        {
            features.AddRange(SignalSummary.Names.Select(n => ($"entropy_{n}", FeatureGroup.Entropy)));
            features.AddRange(SignalSummary.Names.Select(n => ($"margin_{n}", FeatureGroup.Margin)));
        }

        features.AddRange(AnswerSignals.ShapeNames.Select(n => (n, FeatureGroup.Shape)));
        _clusterStart = features.Count;
        features.AddRange(Enumerable.Range(0, clusters).Select(c => ($"cluster_{c}", FeatureGroup.Cluster)));
        _queryStart = features.Count;
        features.AddRange(Enumerable.Range(0, queryDimensions).Select(d => ($"query_{d}", FeatureGroup.Query)));
        _textStart = features.Count;
        features.AddRange(text?.Features.Select(n => (n, FeatureGroup.Text)) ?? []);
        Names = [.. features.Select(f => f.Name)];
        Groups = [.. features.Select(f => f.Group)];
    }

    /// <summary>What is known of the answer's tokens.</summary>
    public SignalSet Signals { get; }

    /// <summary>How many clusters are told apart.</summary>
    public int Clusters { get; }

    /// <summary>Length of the query's vector.</summary>
    public int QueryDimensions { get; }

    /// <summary>What is read from the text; null for nothing.</summary>
    public ITextFeatures? Text { get; }

    /// <summary>The name of each feature.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The group of each feature.</summary>
    public IReadOnlyList<FeatureGroup> Groups { get; }

    /// <summary>How many features there are.</summary>
    public int Count => Names.Count;

    /// <summary>A sentence on what the heads have to do without, or null.</summary>
    public string? Notice => Signals switch
    {
        SignalSet.None => "the labels have no token signals, so answers are judged by text, length and query alone",
        SignalSet.Confidence => "the labels have one confidence an answer and no token signals, so answers are judged at their end",
        SignalSet.LogProbability => "the labels have no entropies and margins of tokens, so log-probabilities alone are used",
        _ => null,
    };

    /// <summary>Writes the features of an answer, or of what there is of it so far. Allocates nothing.</summary>
    /// <param name="signals">What decoding showed.</param>
    /// <param name="end">How the answer ended.</param>
    /// <param name="cluster">The query's cluster.</param>
    /// <param name="query">The query's vector, of <see cref="QueryDimensions"/>.</param>
    /// <param name="text">What was read from the text, in the order of <see cref="Text"/>; empty without.</param>
    /// <param name="features">Where to write, of length <see cref="Count"/>.</param>
    /// <exception cref="ArgumentException">A length, or the cluster, does not fit this layout.</exception>
    public void Write(
        AnswerSignals signals,
        AnswerEnd end,
        int cluster,
        ReadOnlySpan<float> query,
        ReadOnlySpan<float> text,
        Span<float> features)
    {
        ArgumentNullException.ThrowIfNull(signals);
        if (features.Length != Count || query.Length != QueryDimensions || text.Length != Count - _textStart)
        {
            throw new ArgumentException(
                $"the layout has {Count} features, {QueryDimensions} of the query and {Count - _textStart} of the text, "
                + $"not {features.Length}, {query.Length} and {text.Length}");
        }

        if (Clusters > 0 && (cluster < 0 || cluster >= Clusters))
            throw new ArgumentException($"cluster {cluster} is none of the {Clusters} of the layout", nameof(cluster));
        int shapeStart = _clusterStart - AnswerSignals.ShapeNames.Count;
        signals.WriteSignals(Signals, end, features[..shapeStart]);
        signals.WriteShape(end, features[shapeStart.._clusterStart]);
        features[_clusterStart.._queryStart].Clear();
        if (Clusters > 0)
            features[_clusterStart + cluster] = 1;
        query.CopyTo(features[_queryStart..]);
        text.CopyTo(features[_textStart..]);
    }
}

/// <summary>What is known of the tokens of an answer; each has what those before it have.</summary>
public enum SignalSet
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Log-probability of the whole answer, once it has ended.</summary>
    Confidence,

    /// <summary>Log-probability of every token.</summary>
    LogProbability,

    /// <summary>Log-probability, entropy and margin of every token.</summary>
    Full,
}

/// <summary>Where a feature comes from; an ablation leaves out one group at a time.</summary>
public enum FeatureGroup
{
    /// <summary>Log-probabilities of the tokens.</summary>
    LogProbability,

    /// <summary>Entropies of the distributions that the tokens were drawn from.</summary>
    Entropy,

    /// <summary>By how much the best candidate led over the second.</summary>
    Margin,

    /// <summary>Length, finish reason, repetition.</summary>
    Shape,

    /// <summary>The cluster of the query.</summary>
    Cluster,

    /// <summary>The embedding of the query.</summary>
    Query,

    /// <summary>What was read from the text of the answer.</summary>
    Text,
}
