using System.Text.Json.Serialization;

namespace CascadeLocal.Trainer.Queries;

/// <summary>Reads and writes query files without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(QueryRow))]
internal sealed partial class QueryJsonContext : JsonSerializerContext;
