namespace CascadeLocal.Engine.Sampling;

/// <summary>
/// A token and its logit in one word whose ascending order is "most probable first, of equal ones the lowest id", so
/// that candidates are sorted as plain integers.
/// </summary>
internal static class SortKey
{
    private const uint SignBit = 0x80000000;

    /// <summary>NaN becomes minus infinity, plus infinity the largest float.</summary>
    public static float Usable(float logit) =>
        float.IsNaN(logit) ? float.NegativeInfinity : MathF.Min(logit, float.MaxValue);

    /// <summary>The key of a usable logit.</summary>
    public static ulong Of(float logit, int token)
    {
        uint bits = BitConverter.SingleToUInt32Bits(logit == 0 ? 0 : logit); // zero has one sign here
        return ((ulong)Turn(bits) << 32) | (uint)token;
    }

    /// <summary>The token of a key.</summary>
    public static int Token(ulong key) => (int)(uint)key;

    /// <summary>The logit of a key.</summary>
    public static float Logit(ulong key) => BitConverter.UInt32BitsToSingle(Turn((uint)(key >> 32)));

    // Floats order like sign-magnitude integers; a descending order turns the positive ones round. Its own inverse.
    private static uint Turn(uint bits) => (bits & SignBit) != 0 ? bits : ~bits & ~SignBit;
}
