using System.Text.Json.Serialization;

using CascadeLocal.Calibration.Capture;
using CascadeLocal.Calibration.Composition;
using CascadeLocal.Calibration.Replay;

namespace CascadeLocal.Calibration.Reports;

/// <summary>How reports are written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(FitReport))]
[JsonSerializable(typeof(LabelFitReport))]
[JsonSerializable(typeof(CascadeFitReport))]
[JsonSerializable(typeof(ClusterReport))]
[JsonSerializable(typeof(PlacementReport))]
[JsonSerializable(typeof(ComposeReport))]
[JsonSerializable(typeof(CaptureReport))]
[JsonSerializable(typeof(ReplayReport))]
public sealed partial class ReportJson : JsonSerializerContext;
