using System.Text;
using System.Text.Json;

namespace CascadeLocal.Calibration.Grading;

/// <summary>
/// Right is the output whose first JSON object or array has the answer's value at the answer's path. The answer is
/// path=value; the value is JSON or text, and 75001 is both: right as a number and as a string.
/// </summary>
internal sealed class JsonPathGrader : IGrader
{
    private readonly JsonPath _path;
    private readonly string _text;
    private readonly JsonElement? _json;

    /// <exception cref="GraderException">The answer is not path=value.</exception>
    public JsonPathGrader(string answer)
    {
        _path = JsonPath.Parse(answer, out int end);
        if (end == answer.Length || answer[end] != '=')
            throw new GraderException($"is '{answer}', but must be path=value, such as $.city=Paris");
        _text = answer[(end + 1)..].Trim();
        _json = JsonExcerpt.TryParse(_text, out JsonElement json) ? json : null;
    }

    public bool IsRight(string output) =>
        JsonExcerpt.TryFind(output, out JsonElement root) && _path.Evaluate(root) is { } found && Matches(found);

    private bool Matches(JsonElement found) =>
        (_json is { } json && JsonElement.DeepEquals(found, json)) || (found.ValueKind == JsonValueKind.String && found.GetString() == _text);
}

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
