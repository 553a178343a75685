using System.Text.Json;

namespace CascadeLocal.Server.Json;

/// <summary>What clients may send as text or as the ids of its tokens.</summary>
/// <param name="Text">The text; null where there are ids.</param>
/// <param name="Tokens">The ids, not yet compared with any vocabulary; none where there is a text.</param>
internal readonly record struct TextOrTokens(string? Text, int[] Tokens)
{
    private static readonly Values<int> Token = Values.Int32(0);

    private static readonly string OneSchema = $$$$"""{"type":"string","minLength":1},{"type":"array","minItems":1,"items":{{{{Token.Schema}}}} }""";

    /// <summary>One text, the ids of one, or an array of either.</summary>
    /// <param name="most">How many there may be.</param>
    public static Values<IReadOnlyList<TextOrTokens>> UpTo(int most) => new(
        $$$$"""{"anyOf":[{{{{OneSchema}}}},{"type":"array","minItems":1,"maxItems":{{{{most}}}},"items":{"anyOf":[{{{{OneSchema}}}}]}}]}""",
        field => ReadAll(field, most));

    private static IReadOnlyList<TextOrTokens> ReadAll(JsonField field, int most)
    {
        if (field.Element.ValueKind == JsonValueKind.String)
            return [ReadText(field)];
        if (field.Element.ValueKind != JsonValueKind.Array)
            throw field.WrongType("a text, token ids, or an array of these");
        int count = field.Element.GetArrayLength();
        if (count > 0 && field.Element[0].ValueKind == JsonValueKind.Number)
            return [ReadTokens(field)];
        if (count == 0 || count > most)
            throw field.Error($"must have 1 to {most} texts, not {count}");
        return [.. field.Items().Select(item => item.Element.ValueKind == JsonValueKind.Array ? ReadTokens(item) : ReadText(item))];
    }

    private static TextOrTokens ReadText(JsonField field) => field.String() is { Length: > 0 } text ? new(text, []) : throw field.Error("must not be empty");

    private static TextOrTokens ReadTokens(JsonField field)
    {
        int[] tokens = [.. field.Items().Select(Token.Read)];
        return tokens.Length > 0 ? new(null, tokens) : throw field.Error("must not be empty");
    }
}
