using System.Text.Json;

namespace CascadeLocal.Server.Json;

/// <summary>What every response needs and the writer does not have.</summary>
internal static class Utf8JsonWriterExtensions
{
    /// <summary>Milliseconds to the microsecond; null where there is nothing to measure.</summary>
    public static void WriteMilliseconds(this Utf8JsonWriter json, string name, TimeSpan? value)
    {
        if (value is { } time)
            json.WriteNumber(name, Math.Round(time.TotalMilliseconds, 3));
        else
            json.WriteNull(name);
    }
}
