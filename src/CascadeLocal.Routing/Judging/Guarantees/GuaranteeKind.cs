namespace CascadeLocal.Routing.Judging.Guarantees;

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
