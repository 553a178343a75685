using System.Text.Encodings.Web;
using System.Text.Json;

namespace CascadeLocal.Trainer;

/// <summary>How the trainer's own JSON files are written.</summary>
internal static class TrainerJson
{
    /// <summary>Snake case, indented, unknown members refused.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
