namespace CascadeLocal.Routing.Judging;

/// <summary>
/// A set of features that judges may take from the text of an answer. A policy records the set by its name and the features by
/// theirs: when either changes, the policy has to be fitted again. Safe for several threads.
/// </summary>
public interface ITextFeatures
{
    /// <summary>What policies call the set: lower case, never changed.</summary>
    string Name { get; }

    /// <summary>What each feature is, in the order in which they are read.</summary>
    IReadOnlyList<string> Features { get; }

    /// <summary>Begins an answer.</summary>
    /// <param name="question">The query's text.</param>
    ITextReader ReaderOf(string question);
}

/// <summary>Reads the features of one answer while it grows. Not for several threads at once.</summary>
public interface ITextReader
{
    /// <summary>The features of the answer so far, one per name; all are finite.</summary>
    /// <param name="answer">All text that there is of it; of any content.</param>
    float[] Read(string answer);
}
