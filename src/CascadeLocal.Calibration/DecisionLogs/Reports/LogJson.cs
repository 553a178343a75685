using System.Text.Json.Serialization;

namespace CascadeLocal.Calibration.DecisionLogs.Reports;

/// <summary>How a report on a log is written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(LogReport))]
public sealed partial class LogJson : JsonSerializerContext;
