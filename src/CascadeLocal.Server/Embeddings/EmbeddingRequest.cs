using CascadeLocal.Server.Chat;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Json;

namespace CascadeLocal.Server.Embeddings;

/// <summary>A request for embeddings.</summary>
internal sealed record EmbeddingRequest
{
    /// <summary>The embedder that is asked for; null takes the one there is.</summary>
    public string? Model { get; init; }

    /// <summary>The texts, or the word pieces of them; at least one, none of them empty.</summary>
    public required IReadOnlyList<TextOrTokens> Inputs { get; init; }

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

    private static readonly RequestField<IReadOnlyList<TextOrTokens>> Input = new(
        "input", TextOrTokens.UpTo(MostInputs), "A text, the ids of its word pieces taken as they are, or up to 2048 of these.")
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
}
