using System.Text.Json;

using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Embeddings;

/// <summary>A request for embeddings.</summary>
internal sealed record EmbeddingRequest
{
    /// <summary>The embedder that is asked for; null takes the one there is.</summary>
    public string? Model { get; init; }

    /// <summary>The texts; at least one, none of them empty.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Whether vectors are sent as base64 of little-endian float32, else as numbers.</summary>
    public bool IsBase64 { get; init; }

    /// <summary>The length of vectors that is asked for, if any is.</summary>
    public int? Dimensions { get; init; }
}

/// <summary>Reads the body of POST /v1/embeddings. Fields that change nothing, such as user, are ignored.</summary>
internal static class EmbeddingRequestParser
{
    /// <summary>OpenAI's limit.</summary>
    public const int MostInputs = 2048;

    private const string TextSchema = """{"type":"string","minLength":1}""";

    private static readonly RequestField<string[]> Input = new(
        "input",
        new($$$$"""{"anyOf":[{{{{TextSchema}}}},{"type":"array","minItems":1,"maxItems":{{{{MostInputs}}}},"items":{{{{TextSchema}}}} }]}""", ReadInputs),
        "The texts; token ids are refused.")
    {
        IsRequired = true,
    };

    private static readonly RequestField<string> Model = new("model", Values.Text, "The encoder's name.");

    private static readonly RequestField<string> EncodingFormat =
        new("encoding_format", Values.OneOf("float", "base64"), "Vectors as numbers, or as base64 of little-endian float32.") { Default = "float" };

    private static readonly RequestField<int> Dimensions = new("dimensions", Values.Int32(1), "Only the encoder's own number: vectors are not shortened.");

    /// <summary>The fields of a request; all others are ignored.</summary>
    public static FieldTable Fields { get; } = new([Input, Model, EncodingFormat, Dimensions]);

    /// <exception cref="ApiException">The body cannot be served: 400 with the field at fault.</exception>
    public static EmbeddingRequest Parse(byte[] body) => ChatRequestParser.Parse(body, Fields, fields => new EmbeddingRequest
    {
        Model = fields.Get(Model),
        Inputs = fields.Require(Input),
        IsBase64 = fields.Get(EncodingFormat) == "base64",
        Dimensions = fields.Find(Dimensions),
    });

    private static string[] ReadInputs(JsonField input)
    {
        if (input.Element.ValueKind == JsonValueKind.String)
            return [ReadText(input)];
        if (input.Element.ValueKind != JsonValueKind.Array)
            throw input.WrongType("a string or an array of strings");
        int count = input.Element.GetArrayLength();
        if (count is 0 or > MostInputs)
            throw input.Error($"must have 1 to {MostInputs} texts, not {count}");
        return [.. input.Items().Select(ReadText)];
    }

    private static string ReadText(JsonField text)
    {
        if (text.Element.ValueKind is JsonValueKind.Number or JsonValueKind.Array)
            throw text.Error("holds token ids, which are not taken: send the text");
        return text.String() is { Length: > 0 } value ? value : throw text.Error("must not be empty");
    }
}
