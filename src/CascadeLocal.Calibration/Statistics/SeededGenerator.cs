namespace CascadeLocal.Calibration.Statistics;

/// <summary>SplitMix64: a random sequence that is the same on every machine and runtime.</summary>
/// <param name="seed">Which sequence.</param>
public sealed class SeededGenerator(ulong seed)
{
    private ulong _state = seed;

    /// <summary>One of many unrelated sequences of a seed.</summary>
    public static SeededGenerator Of(ulong seed, int index) =>
        new(new SeededGenerator(seed).NextBits() ^ ((ulong)index * 0xD1B54A32D192ED03));

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 ≤ i &lt; <paramref name="count"/>.</summary>
    public int NextIndex(int count) => (int)(NextDouble() * count);

    /// <summary>Puts items into a random order; all orders are equally likely.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int other = NextIndex(i + 1);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }

    private ulong NextBits()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong bits = _state;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }
}
