using System.Text.Json.Serialization;

namespace CascadeLocal.Calibration.Evaluation.Live;

/// <summary>What is said to a server and by it.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(LiveRequest))]
[JsonSerializable(typeof(LiveResponse))]
internal sealed partial class LiveJson : JsonSerializerContext;
