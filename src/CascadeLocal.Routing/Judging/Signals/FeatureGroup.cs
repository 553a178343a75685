namespace CascadeLocal.Routing.Judging.Signals;

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
