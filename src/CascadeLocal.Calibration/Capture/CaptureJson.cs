using System.Text.Json.Serialization;

using CascadeLocal.Calibration.Labels;

namespace CascadeLocal.Calibration.Capture;

/// <summary>How a labels folder is written and read again, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(ShortFloatsConverter)])]
[JsonSerializable(typeof(LabelRow))]
[JsonSerializable(typeof(CapturedPool))]
internal sealed partial class CaptureJson : JsonSerializerContext;
