namespace CascadeLocal.Routing.Judging;

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
