using System.Text.Json;

using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Requests;

/// <summary>
/// Fields that other servers know and that would change the answer, but that are not served yet. They are refused unless
/// they ask for what happens anyway: an answer that quietly ignores a tool or a schema would be wrong.
/// </summary>
internal static class UnservedFields
{
    private static readonly Dictionary<string, Func<JsonElement, bool>> Harmless = new()
    {
        ["tools"] = IsEmptyArray,
        ["tool_choice"] = v => IsString(v, "none") || IsString(v, "auto"),
        ["functions"] = IsEmptyArray,
        ["function_call"] = v => IsString(v, "none") || IsString(v, "auto"),
        ["response_format"] = v => v.ValueKind == JsonValueKind.Object
            && v.TryGetProperty("type", out JsonElement type) && IsString(type, "text"),
        ["n"] = IsOne,
        ["best_of"] = IsOne,
        ["logprobs"] = v => v.ValueKind == JsonValueKind.False,
        ["top_logprobs"] = v => v.ValueKind == JsonValueKind.Number && v.TryGetInt32(out int number) && number == 0,
        ["modalities"] = v => v.ValueKind == JsonValueKind.Array && v.GetArrayLength() == 1 && IsString(v[0], "text"),
        ["audio"] = Never,
        ["prediction"] = Never,
        ["web_search_options"] = Never,
        ["store"] = v => v.ValueKind == JsonValueKind.False,
        ["reasoning_effort"] = v => IsString(v, "none"),
        ["verbosity"] = v => IsString(v, "medium"),

        // Constraints in the dialects of vLLM and llama-server.
        ["grammar"] = v => IsString(v, ""),
        ["json_schema"] = Never,
        ["structured_outputs"] = Never,
        ["guided_json"] = Never,
        ["guided_regex"] = Never,
        ["guided_choice"] = Never,
        ["guided_grammar"] = Never,
    };

    public static IReadOnlyCollection<string> Names => Harmless.Keys;

    /// <exception cref="JsonFieldException">A field asks for something that is not served.</exception>
    public static void Check(JsonField root)
    {
        foreach ((string name, JsonField value) in root.Members())
        {
            if (!value.IsNull && Harmless.TryGetValue(name, out Func<JsonElement, bool>? isHarmless) && !isHarmless(value.Element))
                throw value.Error(name == "n" ? "must be 1: several choices are not served yet" : "is not served yet");
        }
    }

    private static bool Never(JsonElement value) => false;

    private static bool IsEmptyArray(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0;

    private static bool IsString(JsonElement value, string text) =>
        value.ValueKind == JsonValueKind.String && value.ValueEquals(text);

    private static bool IsOne(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number == 1;
}
