using System.Text.Json.Serialization;

namespace CascadeLocal.Calibration.DecisionLogs;

/// <summary>What <c>cascade fit --from-log</c> found.</summary>
public sealed record RecalibrationReport
{
    /// <summary>The version of the policy, as logs name it.</summary>
    public required string Policy { get; init; }

    /// <summary>Delivered requests that it routed.</summary>
    public required int Requests { get; init; }

    /// <summary>The members that are judged.</summary>
    public required IReadOnlyList<MemberRecalibration> Members { get; init; }

    /// <summary>Whether any judge was changed, and so the policy.</summary>
    public required bool Changed { get; init; }

    /// <summary>What the policy promises now: confidence, mean or none.</summary>
    public required string Guarantee { get; init; }

    /// <summary>What else is to be known.</summary>
    public required IReadOnlyList<string> Notices { get; init; }
}

/// <summary>What feedback says about the judge of one member.</summary>
public sealed record MemberRecalibration
{
    /// <summary>The member.</summary>
    public required string Model { get; init; }

    /// <summary>Its judged and delivered answers with feedback.</summary>
    public required int Rows { get; init; }

    /// <summary>The mean of the predicted chances that they are right; null without any.</summary>
    public required double? Predicted { get; init; }

    /// <summary>The share that was called right; null without any.</summary>
    public required double? Observed { get; init; }

    /// <summary>The chance of such a difference if the judge is calibrated; null where there are too few answers.</summary>
    public double? PValue { get; init; }

    /// <summary>What is added to the log-odds of all its verdicts; null where nothing is.</summary>
    public double? Shift { get; init; }

    /// <summary>Expected calibration error of the chances as they were, over ten bins.</summary>
    public double? EceBefore { get; init; }

    /// <summary>The same as they are now, on the answers that they were fitted to.</summary>
    public double? EceAfter { get; init; }

    /// <summary>What was done, or why nothing, in a sentence.</summary>
    public required string Note { get; init; }
}

/// <summary>How a recalibration is written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(RecalibrationReport))]
public sealed partial class RecalibrationJson : JsonSerializerContext;
