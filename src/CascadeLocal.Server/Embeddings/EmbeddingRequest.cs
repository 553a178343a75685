using System.Text.Json;

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

    /// <exception cref="ApiException">The body cannot be served: 400 with the field at fault.</exception>
    public static EmbeddingRequest Parse(byte[] body)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(body);
            JsonField root = new("", document.RootElement);
            JsonField model = root.Member("model");
            JsonField dimensions = root.Member("dimensions");
            return new()
            {
                Model = model.IsNull ? null : model.String(),
                Inputs = TextOrTokens.ReadAll(root.Required("input"), MostInputs),
                IsBase64 = ReadFormat(root.Member("encoding_format")),
                Dimensions = dimensions.IsNull ? null : dimensions.Int32(1, int.MaxValue),
            };
        }
        catch (JsonException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message));
        }
        catch (JsonFieldException e)
        {
            throw new ApiException(ApiError.InvalidRequest(e.Message, e.Path.Length == 0 ? null : e.Path));
        }
    }

    private static bool ReadFormat(JsonField format)
    {
        if (format.IsNull)
            return false;
        return format.String() switch
        {
            "float" => false,
            "base64" => true,
            _ => throw format.Error("must be float or base64"),
        };
    }
}
