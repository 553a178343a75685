using System.Buffers.Binary;
using System.Text.Json;

namespace CascadeLocal.Server.Responses;

/// <summary>Writes the answer to a request for embeddings.</summary>
internal static class EmbeddingWriter
{
    public static void Write(Utf8JsonWriter json, string model, IReadOnlyList<float[]> vectors, bool isBase64, int tokens)
    {
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        for (int i = 0; i < vectors.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("object", "embedding");
            json.WriteNumber("index", i);
            if (isBase64)
                json.WriteBase64String("embedding", ToBytes(vectors[i]));
            else
                WriteNumbers(json, vectors[i]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model", model);
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", tokens);
        json.WriteNumber("total_tokens", tokens);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, float[] vector)
    {
        json.WriteStartArray("embedding");
        foreach (float value in vector)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    private static byte[] ToBytes(float[] vector)
    {
        byte[] bytes = new byte[vector.Length * sizeof(float)];
        for (int i = 0; i < vector.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
        return bytes;
    }
}
