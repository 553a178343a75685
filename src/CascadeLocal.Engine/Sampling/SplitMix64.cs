using System.Security.Cryptography;

namespace CascadeLocal.Engine.Sampling;

/// <summary>
/// Steele, Lea and Flood's SplitMix64: 64 bits of state, so that a seed gives the same draws on every version of .NET.
/// </summary>
internal struct SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A generator whose seed nobody knows.</summary>
    public static SplitMix64 FromEntropy()
    {
        Span<byte> seed = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(seed);
        return new SplitMix64(BitConverter.ToUInt64(seed));
    }

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>The next number in [0, 1), a multiple of 2^-53.</summary>
    public double NextUniform() => (Next() >> 11) * (1.0 / (1UL << 53));
}
