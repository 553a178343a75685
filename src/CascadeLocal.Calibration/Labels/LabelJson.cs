using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CascadeLocal.Calibration.Labels;

/// <summary>How a labels folder is written, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(ShortFloatsConverter)])]
[JsonSerializable(typeof(LabelRow))]
[JsonSerializable(typeof(MembersFile))]
internal sealed partial class LabelJson : JsonSerializerContext
{
    /// <summary>Letters of all languages as people read them: the files never stand inside a web page.</summary>
    // Made when first asked for: the generated half of this class may be initialised after this one.
    public static LabelJson Readable => field ??=
        new(new JsonSerializerOptions(Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

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
