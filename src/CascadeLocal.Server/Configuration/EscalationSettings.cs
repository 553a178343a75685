using CascadeLocal.Cascade.Routing;

namespace CascadeLocal.Server.Configuration;

/// <summary>What cascade.json says about escalating; a null leaves the default.</summary>
public sealed record EscalationSettings
{
    /// <summary>Who answers.</summary>
    public CascadeMode? Mode { get; init; }

    /// <summary>The share of the requests that the strongest member answers beside.</summary>
    public double? Shadow { get; init; }

    /// <summary>The most escalations of one request.</summary>
    public int? MaxEscalations { get; init; }

    /// <summary>The accepted share above which drafts pay.</summary>
    public double? DraftBreakEven { get; init; }

    /// <summary>With the defaults filled in.</summary>
    internal CascadeSettings Resolve() => new()
    {
        Mode = Mode ?? CascadeMode.Cascade,
        ShadowShare = Shadow ?? 0,
        MaxEscalations = MaxEscalations,
        DraftBreakEven = DraftBreakEven ?? CascadeSettings.DefaultDraftBreakEven,
    };
}
