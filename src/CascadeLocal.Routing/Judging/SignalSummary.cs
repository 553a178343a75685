namespace CascadeLocal.Routing.Judging;

/// <summary>What is kept of one signal over the tokens of an answer: mean, ends, extremes and quantiles of its magnitude.</summary>
internal sealed class SignalSummary
{
    private static readonly float[] Shares = [0.1f, 0.25f, 0.5f, 0.75f, 0.9f];

    private readonly SignalHistogram _histogram = new();
    private int _count;
    private double _sum;
    private float _least;
    private float _greatest;
    private float _first;
    private float _last;

    /// <summary>The names of what is written.</summary>
    public static IReadOnlyList<string> Names { get; } = ["mean", "min", "max", "first", "last", "q10", "q25", "q50", "q75", "q90"];

    /// <summary>Takes the next token's value. What is not a number, or infinite, counts as the largest magnitude.</summary>
    public void Add(float value)
    {
        float magnitude = Math.Abs(value) <= SignalHistogram.Largest ? Math.Abs(value) : SignalHistogram.Largest;
        if (_count == 0)
            (_first, _least, _greatest) = (magnitude, magnitude, magnitude);
        _count++;
        _sum += magnitude;
        _least = Math.Min(_least, magnitude);
        _greatest = Math.Max(_greatest, magnitude);
        _last = magnitude;
        _histogram.Add(magnitude);
    }

    /// <summary>The mean magnitude; NaN before the first token.</summary>
    public double Mean => _count == 0 ? double.NaN : _sum / _count;

    /// <summary>Writes what <see cref="Names"/> says; zeros before the first token.</summary>
    public void Write(Span<float> features)
    {
        features[0] = _count == 0 ? 0 : (float)(_sum / _count);
        features[1] = _least;
        features[2] = _greatest;
        features[3] = _first;
        features[4] = _last;
        _histogram.Quantiles(Shares, _count, features.Slice(5, Shares.Length));
    }
}

/// <summary>
/// Counts of magnitudes in bins of a tenth of an octave, for quantiles of any number of values in fixed memory. A quantile is
/// within 3.6 % of the exact one, or within 1.3e-4 where that is smaller; all above <see cref="Largest"/> is that.
/// </summary>
internal sealed class SignalHistogram
{
    /// <summary>The largest magnitude that is told apart.</summary>
    public const float Largest = 64;

    private const int LowestOctave = -13;
    private const int HighestOctave = 6;
    private const int BinsPerOctave = 10;

    // The first bin takes what is below the lowest octave.
    private readonly int[] _counts = new int[1 + (HighestOctave - LowestOctave) * BinsPerOctave];

    public void Add(float magnitude) => _counts[Bin(magnitude)]++;

    /// <summary>
    /// Writes quantiles: for each share the least value that is not below that share of all values. Nothing was added: zeros.
    /// </summary>
    /// <param name="shares">In growing order, 0..1.</param>
    /// <param name="count">How many values were added.</param>
    /// <param name="quantiles">One per share.</param>
    public void Quantiles(ReadOnlySpan<float> shares, int count, Span<float> quantiles)
    {
        int bin = 0;
        int below = _counts[0];
        for (int i = 0; i < shares.Length; i++)
        {
            int rank = Math.Clamp((int)MathF.Ceiling(shares[i] * count), 1, Math.Max(count, 1));
            while (below < rank && bin + 1 < _counts.Length)
                below += _counts[++bin];
            quantiles[i] = count == 0 ? 0 : Centre(bin);
        }
    }

    private static int Bin(float magnitude)
    {
        if (!(magnitude > 0))
            return 0;
        float octaves = MathF.Log2(Math.Min(magnitude, Largest)) - LowestOctave;
        return octaves < 0 ? 0 : 1 + Math.Min((int)(octaves * BinsPerOctave), (HighestOctave - LowestOctave) * BinsPerOctave - 1);
    }

    private static float Centre(int bin) => bin == 0 ? 0 : MathF.Pow(2, LowestOctave + (bin - 0.5f) / BinsPerOctave);
}
