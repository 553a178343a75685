using System.Text;
using System.Text.Json;

namespace CascadeLocal.Dialects;

/// <summary>A call's arguments as an object, for who cannot take their text.</summary>
public static class CallInput
{
    /// <summary>The object; of arguments that were cut, what of them is complete.</summary>
    public static string Of(string arguments)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(arguments);
        Utf8JsonReader reader = new(utf8, isFinalBlock: false, default);
        Stack<char> open = [];
        int end = 0;
        try
        {
            while (reader.Read() && (end > 0 || reader.TokenType == JsonTokenType.StartObject))
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject:
                        open.Push('}');
                        break;
                    case JsonTokenType.StartArray:
                        open.Push(']');
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        open.Pop();
                        break;
                    case JsonTokenType.PropertyName:
                        continue;
                }

                end = (int)reader.BytesConsumed;
            }
        }
        catch (JsonException)
        {
            // What follows is no JSON.
        }

        return end > 0 ? Encoding.UTF8.GetString(utf8, 0, end) + string.Concat(open) : "{}";
    }
}
