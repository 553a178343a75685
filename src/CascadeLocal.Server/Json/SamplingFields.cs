namespace CascadeLocal.Server.Json;

/// <summary>The ranges of sampling settings, the same in requests and in the configuration.</summary>
internal static class SamplingFields
{
    public static float Temperature(JsonField value) => value.Number(0, 2);

    public static float TopP(JsonField value) => value.Number(0, 1, minExclusive: true);

    public static float MinP(JsonField value) => value.Number(0, 1);

    /// <summary>The engine's 0 for "all" is also spelled -1, as vLLM does.</summary>
    public static int TopK(JsonField value) => Math.Max(0, value.Int32(-1, int.MaxValue));

    public static float RepetitionPenalty(JsonField value) => value.Number(0, 100, minExclusive: true);

    /// <summary>Frequency and presence penalty.</summary>
    public static float AdditivePenalty(JsonField value) => value.Number(-2, 2);
}
