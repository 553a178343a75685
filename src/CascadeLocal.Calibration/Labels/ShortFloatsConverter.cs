using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CascadeLocal.Calibration.Labels;

/// <summary>
/// Writes per-token signals with four significant digits: three arrays of them are most of a label file, and what is
/// behind the fourth digit differs between machines.
/// </summary>
internal sealed class ShortFloatsConverter : JsonConverter<float[]>
{
    // JSON has no infinity. A token that is the only possible one has an infinite margin; this is as good as infinite.
    private const float Greatest = 1e4f;

    public override float[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException();
        List<float> values = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number)
                throw new JsonException();
            values.Add(reader.GetSingle());
        }

        return [.. values];
    }

    public override void Write(Utf8JsonWriter writer, float[] value, JsonSerializerOptions options)
    {
        Span<byte> text = stackalloc byte[32];
        writer.WriteStartArray();
        foreach (float signal in value)
        {
            float finite = Math.Clamp(signal, -Greatest, Greatest);
            finite.TryFormat(text, out int length, "G4", CultureInfo.InvariantCulture);
            writer.WriteRawValue(text[..length], skipInputValidation: true);
        }

        writer.WriteEndArray();
    }
}
