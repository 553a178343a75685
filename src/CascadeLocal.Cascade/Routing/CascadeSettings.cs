namespace CascadeLocal.Cascade.Routing;

/// <summary>How answers are escalated, as configured.</summary>
public sealed record CascadeSettings
{
    /// <summary>
    /// The share of a draft's verified tokens that has to be right for verifying them to pay, unless configured otherwise: a
    /// verified token costs about .44 of a decoded one on a CPU.
    /// </summary>
    public const double DefaultDraftBreakEven = 0.45;

    /// <summary>Who answers.</summary>
    public CascadeMode Mode { get; init; } = CascadeMode.Cascade;

    /// <summary>In mode cascade, the share of the routed requests, 0 to 1, that the strongest member answers beside, for comparison.</summary>
    public double ShadowShare { get; init; }

    /// <summary>The most escalations of one request; null for as many as the policy's paths have.</summary>
    public int? MaxEscalations { get; init; }

    /// <summary>Rejected answers are offered as drafts where the policy's accepted share is above this, 0 to 1.</summary>
    public double DraftBreakEven { get; init; } = DefaultDraftBreakEven;
}
