using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace CascadeLocal.Engine.Sampling;

/// <summary>Logits as vectors, and the passes over them that sampling needs.</summary>
internal static class LogitVectors
{
    /// <summary>exp(-87) is the last power that is a normal float; tokens further below the best one weigh nothing.</summary>
    public const float LowestExponent = -87;

    /// <summary>The weights of a draw are summed in blocks of this many tokens.</summary>
    public const int WeightBlock = 256;

    /// <summary>The usable logits from <paramref name="start"/> on, padded with impossible tokens at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Load(ReadOnlySpan<float> logits, int start)
    {
        Vector<float> x = logits.Length - start >= Vector<float>.Count
            ? Vector.LoadUnsafe(ref MemoryMarshal.GetReference(logits), (nuint)start)
            : LoadRest(logits[start..]);
        Vector<float> numbers = Vector.ConditionalSelect(Vector.Equals(x, x), x, new Vector<float>(float.NegativeInfinity));
        return Vector.MinNative(numbers, new Vector<float>(float.MaxValue));
    }

    /// <summary>The first logit that equals <paramref name="value"/>, which is there.</summary>
    public static int IndexOf(ReadOnlySpan<float> logits, float value)
    {
        int index = 0;
        while (SortKey.Usable(logits[index]) != value)
            index++;
        return index;
    }

    /// <summary>The best logit; minus infinity if no token is possible.</summary>
    public static float Max(ReadOnlySpan<float> logits)
    {
        Vector<float> best = new(float.NegativeInfinity);
        for (int i = 0; i < logits.Length; i += Vector<float>.Count)
            best = Vector.MaxNative(best, Load(logits, i));
        float result = float.NegativeInfinity;
        for (int lane = 0; lane < Vector<float>.Count; lane++)
            result = MathF.Max(result, best[lane]);
        return result;
    }

    /// <summary>
    /// The sum of exp((logit - best) * scale) over the tokens with logit >= threshold. The threshold lies above minus
    /// infinity and leaves no exponent below <see cref="LowestExponent"/>.
    /// </summary>
    public static float Weigh(ReadOnlySpan<float> logits, float best, float scale, float threshold)
    {
        Vector<float> lowest = new(LowestExponent);
        Vector<float> sum = Vector<float>.Zero;
        for (int i = 0; i < logits.Length; i += Vector<float>.Count)
        {
            Vector<float> x = Load(logits, i);
            Vector<float> power = Exp(Vector.MaxNative((x - new Vector<float>(best)) * scale, lowest));
            Vector<int> kept = Vector.GreaterThanOrEqual(x, new Vector<float>(threshold));
            sum += Vector.ConditionalSelect(kept, power, Vector<float>.Zero);
        }

        return Vector.Sum(sum);
    }

    /// <summary>Writes the keys of all tokens with logit >= threshold, in ascending id order; returns how many.</summary>
    /// <param name="logits">Some of the logits.</param>
    /// <param name="firstToken">The token of the first of them.</param>
    /// <param name="threshold">Above minus infinity.</param>
    /// <param name="keys">At least as many as there are logits.</param>
    public static int Collect(ReadOnlySpan<float> logits, int firstToken, float threshold, Span<ulong> keys)
    {
        int count = 0;
        for (int i = 0; i < logits.Length; i += Vector<float>.Count)
        {
            if (!Vector.GreaterThanOrEqualAny(Load(logits, i), new Vector<float>(threshold)))
                continue;
            int end = Math.Min(i + Vector<float>.Count, logits.Length);
            for (int j = i; j < end; j++)
            {
                float logit = SortKey.Usable(logits[j]);
                if (logit >= threshold)
                    keys[count++] = SortKey.Of(logit, firstToken + j);
            }
        }

        return count;
    }

    /// <summary>
    /// exp(x) for x from <see cref="LowestExponent"/> to 0, to float rounding, and exactly 1 at 0 (which
    /// <see cref="Vector.Exp(Vector{float})"/> is not, so that equal tokens would not weigh the same in all sums).
    /// </summary>
    /// <remarks>
    /// x = k ln 2 + r with |r| at most ln 2 / 2, and the Taylor series of exp(r), whose first missing term is below 6e-9.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Exp(Vector<float> x)
    {
        // ln 2 in two parts, of which the first has so few digits that k times it is exact.
        const float ln2High = 0.693359375f;
        const float ln2Low = -2.12194440e-4f;
        Vector<float> k = Vector.Round(x * 1.44269504f);
        Vector<float> r = x - k * ln2High - k * ln2Low;
        Vector<float> power = new(1f / 5040);
        power = power * r + new Vector<float>(1f / 720);
        power = power * r + new Vector<float>(1f / 120);
        power = power * r + new Vector<float>(1f / 24);
        power = power * r + new Vector<float>(1f / 6);
        power = power * r + new Vector<float>(0.5f);
        power = power * r + Vector<float>.One;
        power = power * r + Vector<float>.One;
        Vector<int> exponent = (Vector.ConvertToInt32Native(k) + new Vector<int>(127)) << 23;
        return power * Vector.AsVectorSingle(exponent);
    }

    private static Vector<float> LoadRest(ReadOnlySpan<float> rest)
    {
        Vector<float> padded = new(float.NegativeInfinity);
        for (int i = 0; i < rest.Length; i++)
            padded = padded.WithElement(i, rest[i]);
        return padded;
    }
}
