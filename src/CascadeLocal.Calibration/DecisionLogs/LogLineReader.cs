using System.Text.Json;

namespace CascadeLocal.Calibration.DecisionLogs;

/// <summary>Reads one line of a decision log. Fields that it does not know are skipped.</summary>
internal static class LogLineReader
{
    /// <summary>A request, or null where the line is none.</summary>
    /// <exception cref="JsonException">A field is missing or of another kind than it should be.</exception>
    public static LoggedRequest? Request(JsonElement line)
    {
        if (Text(line, "event") != "request")
            return null;
        JsonElement passes = Member(line, "passes", JsonValueKind.Array);
        int? tokens = passes.ValueKind == JsonValueKind.Array && passes.GetArrayLength() > 0 ? Count(passes[passes.GetArrayLength() - 1], "output_tokens") : null;
        return new()
        {
            Id = Text(line, "id") ?? throw Missing("id"),
            Key = Text(line, "key"),
            Time = Member(line, "time", JsonValueKind.String) is { ValueKind: JsonValueKind.String } time && time.TryGetDateTimeOffset(out DateTimeOffset at) ? at : null,
            Status = Text(line, "status") ?? throw Missing("status"),
            Policy = Text(line, "policy"),
            Reason = Text(line, "reason") ?? "",
            Cluster = Text(line, "cluster"),
            IsNovel = IsTrue(line, "novel") ?? false,
            Model = Text(line, "model") ?? throw Missing("model"),
            Path = PathOf(line),
            Escalated = IsTrue(line, "escalated") ?? false,
            Own = Number(line, "accept_probability"),
            Target = Number(line, "target_probability"),
            Cost = CostOf(line, tokens),
            DraftOffered = Count(line, "draft_offered") ?? 0,
            DraftReused = Count(line, "draft_reused") ?? 0,
            FellBack = Text(line, "fallback") is not null,
            Shadow = ShadowOf(line, "shadow"),
            Strongest = ShadowOf(line, "strongest"),
        };
    }

    /// <summary>What the holder of a key said about an answer, or null where the line is no such thing.</summary>
    /// <exception cref="JsonException">A field is missing or of another kind than it should be.</exception>
    public static (string Id, string? Key, double Correct)? Feedback(JsonElement line)
    {
        if (Text(line, "event") != "feedback")
            return null;
        double correct = Number(line, "correct") ?? throw Missing("correct");
        return correct is >= 0 and <= 1 ? (Text(line, "id") ?? throw Missing("id"), Text(line, "key"), correct) : throw new JsonException("correct is not 0..1");
    }

    private static LoggedShadow? ShadowOf(JsonElement line, string name) =>
        Member(line, name, JsonValueKind.Object) is { ValueKind: JsonValueKind.Object } shadow ? Beside(shadow, name) : null;

    private static LoggedShadow Beside(JsonElement shadow, string name) => new(
        Text(shadow, "model") ?? throw Missing($"{name}.model"),
        PathOf(shadow),
        IsTrue(shadow, "escalated") ?? false,
        Number(shadow, "accept_probability"),
        Number(shadow, "target_probability"),
        Text(shadow, "reason"),
        CostOf(shadow, Count(shadow, "output_tokens")),
        IsTrue(shadow, "agrees"));

    private static LoggedCost CostOf(JsonElement of, int? tokens) => new(tokens, Number(of, "ttft_ms"), Number(of, "tpot_ms"), Number(of, "e2el_ms"))
    {
        Cost = Number(of, "cost"),
    };

    private static string PathOf(JsonElement of)
    {
        JsonElement path = Member(of, "path", JsonValueKind.Array);
        return path.ValueKind == JsonValueKind.Array ? string.Join(" > ", path.EnumerateArray().Select(step => step.ToString())) : "";
    }

    private static string? Text(JsonElement of, string name) =>
        Member(of, name, JsonValueKind.String) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static double? Number(JsonElement of, string name) =>
        Member(of, name, JsonValueKind.Number) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : null;

    private static int? Count(JsonElement of, string name) =>
        Member(of, name, JsonValueKind.Number) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int count) ? count : null;

    private static bool? IsTrue(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement value) && value.ValueKind is (JsonValueKind.True or JsonValueKind.False)
            ? value.GetBoolean()
            : null;

    // Null and absent are the same; of another kind is wrong.
    private static JsonElement Member(JsonElement of, string name, JsonValueKind kind)
    {
        if (of.ValueKind != JsonValueKind.Object || !of.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return default;
        return value.ValueKind == kind ? value : throw new JsonException($"{name} is of the wrong kind");
    }

    private static JsonException Missing(string name) => new($"{name} is missing");
}
