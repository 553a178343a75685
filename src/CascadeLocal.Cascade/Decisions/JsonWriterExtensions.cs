using System.Text.Json;

namespace CascadeLocal.Cascade.Decisions;

/// <summary>Numbers that may be missing. One that JSON cannot write counts as missing.</summary>
internal static class JsonWriterExtensions
{
    public static void WriteNumberOrNull(this Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    /// <summary>Milliseconds to the microsecond.</summary>
    public static void WriteMillisecondsOrNull(this Utf8JsonWriter json, string name, double? value) =>
        json.WriteNumberOrNull(name, value is { } time ? Math.Round(time, 3) : null);
}
