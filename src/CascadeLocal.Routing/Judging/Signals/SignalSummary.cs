namespace CascadeLocal.Routing.Judging.Signals;

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

    /// <summary>Forgets all tokens.</summary>
    public void Clear()
    {
        (_count, _sum, _least, _greatest, _first, _last) = (0, 0, 0, 0, 0, 0);
        _histogram.Clear();
    }

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
