using System.Text.Json.Serialization;

namespace CascadeLocal.Calibration.Reports;

/// <summary>How reports are written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(FitReport))]
[JsonSerializable(typeof(LabelFitReport))]
[JsonSerializable(typeof(ClusterReport))]
[JsonSerializable(typeof(ComposeReport))]
public sealed partial class ReportJson : JsonSerializerContext;
