using System.Text.Json;

using CascadeLocal.Constraints.Grammars;

namespace CascadeLocal.Constraints.Schemas;

/// <summary>Writes values without blanks, each character in the one way in which strings have it here.</summary>
internal static class JsonLiteral
{
    /// <summary>A value as text.</summary>
    public static string Written(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => $"\"{JsonGrammar.Written(value.GetString()!)}\"",
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Written))}]",
        JsonValueKind.Object => $"{{{string.Join(',', value.EnumerateObject().Select(
            property => $"\"{JsonGrammar.Written(property.Name)}\":{Written(property.Value)}"))}}}",
        _ => value.GetRawText(),
    };
}
