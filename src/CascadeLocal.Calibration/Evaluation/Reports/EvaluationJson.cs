using System.Text.Json.Serialization;

namespace CascadeLocal.Calibration.Evaluation.Reports;

/// <summary>How an evaluation is written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(EvaluationReport))]
[JsonSerializable(typeof(Live.LiveReport))]
public sealed partial class EvaluationJson : JsonSerializerContext;
