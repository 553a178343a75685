namespace CascadeLocal.Trainer.Training;

/// <summary>A small random generator whose sequence never changes between runtimes.</summary>
internal sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Mixes two numbers into a seed, so that neighbouring numbers give unrelated sequences.</summary>
    public static ulong Mix(ulong seed, ulong index) => new SplitMix64(new SplitMix64(seed).Next() ^ index).Next();

    /// <summary>The next 64 random bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [0, <paramref name="exclusiveMaximum"/>).</summary>
    public int NextInt(int exclusiveMaximum) => (int)(NextDouble() * exclusiveMaximum);

    /// <summary>Standard normal (Box-Muller).</summary>
    public double NextNormal()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }
}
