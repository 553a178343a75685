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

/// <summary>A promise: of the questions that the strongest model answers right, a share is still answered right.</summary>
/// <param name="Kind">What is promised.</param>
/// <param name="Keep">The share that is kept, above 0 and at most 1.</param>
/// <param name="Delta">For <see cref="GuaranteeKind.Confidence"/>: the chance that the labels mislead.</param>
public sealed record Guarantee(GuaranteeKind Kind, double Keep, double Delta = 0.05)
{
    /// <summary>The share that may be lost.</summary>
    public double Allowed => 1 - Keep;
}

/// <summary>What is promised about the share of right answers that is kept.</summary>
public enum GuaranteeKind
{
    /// <summary>With probability 1 − δ over the draw of the labels, the share lost is at most 1 − keep.</summary>
    Confidence,

    /// <summary>The expected share lost, over draws of the labels, is at most 1 − keep.</summary>
    Mean,

    /// <summary>Nothing.</summary>
    None,
}
