using CascadeLocal.Cascade.Routing;

namespace CascadeLocal.Server.Configuration;

/// <summary>What cascade.json says about escalating; a null leaves the default.</summary>
public sealed record EscalationSettings
{
    /// <summary>The most escalations of one request.</summary>
    public int? MaxEscalations { get; init; }

    /// <summary>The accepted share above which drafts pay.</summary>
    public double? DraftBreakEven { get; init; }

    /// <summary>With the defaults filled in.</summary>
    internal CascadeSettings Resolve() => new()
    {
        MaxEscalations = MaxEscalations,
        DraftBreakEven = DraftBreakEven ?? CascadeSettings.DefaultDraftBreakEven,
    };
}
