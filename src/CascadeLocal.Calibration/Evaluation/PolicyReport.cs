using CascadeLocal.Calibration.Statistics;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>
/// What a way to answer gives on held-out questions. Intervals hold 95 % and are paired: all ways to answer see the same draws. Times
/// are in ms; null is what is not known or not defined.
/// </summary>
public sealed record PolicyReport
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>member, stage_one, cascade, cascade_at_end, always_cascade, random or oracle.</summary>
    public required string Kind { get; init; }

    /// <summary>The mean of how right the answers are.</summary>
    public required double Accuracy { get; init; }

    /// <summary>The accuracy's interval.</summary>
    public required IReadOnlyList<double> Ci95 { get; init; }

    /// <summary>The mean charged TPOT over requests.</summary>
    public required double? TpotMs { get; init; }

    /// <summary>All charged time over all gaps of delivered answers.</summary>
    public required double? TpotTokenWeightedMs { get; init; }

    /// <summary>The mean time until the stream could open.</summary>
    public required double? TtftMs { get; init; }

    /// <summary>The mean E2EL.</summary>
    public required double? E2elMs { get; init; }

    /// <summary>The mean cost of all passes, in the unit of the labels.</summary>
    public double? Cost { get; init; }

    /// <summary>Mean cost over the strongest member's.</summary>
    public double? CostRatio { get; init; }

    /// <summary>Its interval.</summary>
    public IReadOnlyList<double>? CostRatioCi95 { get; init; }

    /// <summary>Its TPOT against the strongest member's, by both means; null where it is not known, or for that member itself.</summary>
    public BothMeans? Pays { get; init; }

    /// <summary>The share of the requests for which an answer was dropped.</summary>
    public required double EscalationRate { get; init; }

    /// <summary>How many requests.</summary>
    public required int N { get; init; }

    /// <summary>Accuracy over the strongest member's.</summary>
    public required double? Retained { get; init; }

    /// <summary>Its interval.</summary>
    public required IReadOnlyList<double>? RetainedCi95 { get; init; }

    /// <summary>Accuracy less the strongest member's.</summary>
    public required double Difference { get; init; }

    /// <summary>Its interval.</summary>
    public required IReadOnlyList<double>? DifferenceCi95 { get; init; }

    /// <summary>Mean TPOT over the strongest member's.</summary>
    public required double? TpotRatio { get; init; }

    /// <summary>Its interval.</summary>
    public required IReadOnlyList<double>? TpotRatioCi95 { get; init; }

    /// <summary>Token-weighted TPOT over the strongest member's.</summary>
    public required double? TpotTokenWeightedRatio { get; init; }

    /// <summary>Its interval.</summary>
    public required IReadOnlyList<double>? TpotTokenWeightedRatioCi95 { get; init; }

    /// <summary>Mean E2EL over the strongest member's.</summary>
    public required double? E2elRatio { get; init; }

    /// <summary>Its interval.</summary>
    public required IReadOnlyList<double>? E2elRatioCi95 { get; init; }

    /// <summary>Requests whose answer is worse than the strongest member's; expected ones where lots are drawn.</summary>
    public required double Losses { get; init; }

    /// <summary>Requests whose answer is better than the strongest member's.</summary>
    public required double Gains { get; init; }
}
