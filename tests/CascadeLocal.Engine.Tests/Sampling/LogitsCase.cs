using CsCheck;

namespace CascadeLocal.Engine.Tests.Sampling;

/// <summary>What the generated logits look like.</summary>
internal enum LogitsShape
{
    Normal,
    Peaked,
    AllEqual,
    ManyTies,
    Extreme,
    FewPossible,
}

/// <summary>A recipe for logits that prints in one line.</summary>
/// <param name="Size">The vocabulary's size.</param>
/// <param name="Shape">What they look like.</param>
/// <param name="Seed">Which of them.</param>
internal sealed record LogitsCase(int Size, LogitsShape Shape, int Seed)
{
    private static readonly float[] Extremes =
        [1e30f, -1e30f, float.NegativeInfinity, float.PositiveInfinity, float.NaN, float.MaxValue, -float.MaxValue, 0, -0f, 1, -1];

    public static Gen<LogitsCase> Any { get; } = Gen.Select(
        Gen.Frequency<int>(
            (6, Gen.Int[1, 40]),
            (3, Gen.OneOf(1, 2, 15, 16, 17, 255, 256, 257, 511, 512, 2047, 2048, 2049, 4097)),
            (1, Gen.Const(49_152))),
        Gen.Enum<LogitsShape>(),
        Gen.Int[0, 1_000_000],
        (size, shape, seed) => new LogitsCase(size, shape, seed));

    /// <summary>The logits, at an address that is a multiple of 4 and of nothing more.</summary>
    public Span<float> Create()
    {
        Random random = new(Seed);
        float[] padded = new float[Size + 4];
        for (int i = 0; i < padded.Length; i++)
            padded[i] = Next(random);
        return padded.AsSpan(1 + Seed % 3, Size);
    }

    private float Next(Random random) => Shape switch
    {
        LogitsShape.Normal => Gaussian(random, 3),
        LogitsShape.Peaked => random.Next(50) == 0 ? 20 + Gaussian(random, 4) : Gaussian(random, 2),
        LogitsShape.AllEqual => -7.25f,
        LogitsShape.ManyTies => random.Next(-3, 4),
        LogitsShape.Extreme => Extremes[random.Next(Extremes.Length)],
        LogitsShape.FewPossible => random.Next(20) == 0 ? Gaussian(random, 3) : float.NegativeInfinity,
        _ => throw new InvalidOperationException($"No such shape: {Shape}"),
    };

    private static float Gaussian(Random random, double deviation)
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
        return (float)(deviation * radius * Math.Cos(2 * Math.PI * random.NextDouble()));
    }
}
