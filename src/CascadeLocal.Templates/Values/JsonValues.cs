using System.Globalization;
using System.Numerics;
using System.Text.Json;
using CascadeLocal.Templates.Text;

namespace CascadeLocal.Templates.Values;

/// <summary>Values from JSON, as Python's json.loads makes them.</summary>
internal static class JsonValues
{
    public static Value Read(JsonElement json, int depth = 0)
    {
        if (depth > Extent.MaxDepth)
            throw TemplateException.Exceeded($"a value is nested deeper than {Extent.MaxDepth} levels");
        return json.ValueKind switch
        {
            JsonValueKind.Object => new DictValue(json.EnumerateObject()
                .Select(p => KeyValuePair.Create<Value, Value>(Value.Data(Text(p, static p => p.Name)), Read(p.Value, depth + 1)))),
            JsonValueKind.Array => new ListValue([.. json.EnumerateArray().Select(e => Read(e, depth + 1))]),
            JsonValueKind.String => Value.Data(Text(json, static json => json.GetString()!)),
            JsonValueKind.Number => Number(json.GetRawText()),
            JsonValueKind.True => BooleanValue.True,
            JsonValueKind.False => BooleanValue.False,
            _ => NoneValue.Instance,
        };
    }

    /// <summary>json.loads on a text.</summary>
    /// <exception cref="TemplateException">It is not JSON.</exception>
    public static Value Parse(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = Extent.MaxDepth });
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw TemplateException.Failed($"not JSON: {e.Message}");
        }
    }

    private static string Text<T>(T json, Func<T, string> read)
    {
        try
        {
            return read(json);
        }
        catch (InvalidOperationException)
        {
            throw TemplateException.Failed("a JSON string holds half a surrogate pair");
        }
    }

    private static Value Number(string text)
    {
        if (text.AsSpan().IndexOfAny('.', 'e', 'E') >= 0)
            return new FloatValue(double.Parse(text, CultureInfo.InvariantCulture));
        return text.Length <= NumberText.MaxDigits
            ? new IntegerValue(BigInteger.Parse(text, CultureInfo.InvariantCulture))
            : throw TemplateException.Failed($"Exceeds the limit ({NumberText.MaxDigits} digits) for integer string conversion");
    }
}
