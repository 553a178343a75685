using System.Text;
using System.Text.Json;

namespace CascadeLocal.Calibration.Grading;

/// <summary>JSON that stands in other text.</summary>
internal static class JsonExcerpt
{
    // Text may hold any number of brackets that begin nothing.
    private const int MostAttempts = 64;

    /// <summary>The whole text as one JSON value.</summary>
    public static bool TryParse(string text, out JsonElement value)
    {
        Utf8JsonReader reader = new(Encoding.UTF8.GetBytes(text));
        try
        {
            if (JsonElement.TryParseValue(ref reader, out JsonElement? element) && !reader.Read())
            {
                value = element.Value;
                return true;
            }
        }
        catch (JsonException)
        {
            // Ordinary text.
        }

        value = default;
        return false;
    }

    /// <summary>The first object or array that stands in the text, whatever is around it.</summary>
    public static bool TryFind(string text, out JsonElement value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int start = 0;
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            int next = bytes.AsSpan(start).IndexOfAny((byte)'{', (byte)'[');
            if (next < 0)
                break;
            start += next;
            Utf8JsonReader reader = new(bytes.AsSpan(start));
            try
            {
                if (JsonElement.TryParseValue(ref reader, out JsonElement? element))
                {
                    value = element.Value;
                    return true;
                }
            }
            catch (JsonException)
            {
                // A bracket of the text around it.
            }

            start++;
        }

        value = default;
        return false;
    }
}
