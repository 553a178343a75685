using System.Text.Json;

using CascadeLocal.Cascade.Routing;

namespace CascadeLocal.Cascade.Decisions;

/// <summary>What several lines have. Numbers may be missing; one that JSON cannot write counts as missing.</summary>
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

    public static void WriteFigures(this Utf8JsonWriter json, RequestFigures? figures)
    {
        json.WriteMillisecondsOrNull("ttft_ms", figures?.TimeToFirstToken);
        json.WriteMillisecondsOrNull("tpot_ms", figures?.TimePerOutputToken);
        json.WriteMillisecondsOrNull("e2el_ms", figures?.Latency);
    }

    public static void WritePath(this Utf8JsonWriter json, IReadOnlyList<PathStep> path)
    {
        json.WriteStartArray("path");
        foreach (PathStep step in path)
            json.WriteStringValue(step.ToString());
        json.WriteEndArray();
    }
}
