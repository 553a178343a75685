using System.Text.Json.Serialization;

namespace CascadeLocal.Calibration.DecisionLogs.Recalibration;

/// <summary>How a recalibration is written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(RecalibrationReport))]
public sealed partial class RecalibrationJson : JsonSerializerContext;
