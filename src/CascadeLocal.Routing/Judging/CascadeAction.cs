namespace CascadeLocal.Routing.Judging;

/// <summary>What is done with the queries of a cluster.</summary>
/// <param name="Path">The models in the order in which they may be asked; the last one's answer is delivered unjudged.</param>
/// <param name="Thresholds">τ of all but the last: an answer whose gain is above it is escalated.</param>
public sealed record CascadeAction(IReadOnlyList<int> Path, IReadOnlyList<double> Thresholds)
{
    /// <summary>The model that every query is sent to.</summary>
    public int Start => Path[0];

    /// <summary>The model at the end of the path.</summary>
    public int Target => Path[^1];

    /// <summary>Whether any answer is judged.</summary>
    public bool IsGated => Path.Count > 1;

    /// <summary>One model answers all.</summary>
    public static CascadeAction Direct(int model) => new([model], []);

    /// <summary>The same with all thresholds moved; moved by −∞ the target answers all, and nobody is asked in vain.</summary>
    public CascadeAction Shifted(double shift) => !IsGated ? this
        : double.IsNegativeInfinity(shift) ? Direct(Target)
        : this with { Thresholds = [.. Thresholds.Select(t => t + shift)] };
}
