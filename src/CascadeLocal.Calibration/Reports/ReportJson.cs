using System.Text.Json.Serialization;

namespace CascadeLocal.Calibration.Reports;

/// <summary>How reports are written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(FitReport))]
[JsonSerializable(typeof(ComposeReport))]
[JsonSerializable(typeof(CaptureReport))]
public sealed partial class ReportJson : JsonSerializerContext;
