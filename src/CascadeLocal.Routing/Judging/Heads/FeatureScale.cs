namespace CascadeLocal.Routing.Judging.Heads;

/// <summary>Brings features to mean 0 and deviation 1 over the training rows. Unknown values become the mean.</summary>
internal sealed class FeatureScale(float[] mean, float[] scale)
{
    /// <summary>So far from the mean every value is the same to a head: nothing there was seen in training.</summary>
    private const float Farthest = 6;

    public float[] Mean { get; } = mean;

    /// <summary>1/deviation; 0 for a feature that never varies or is left out.</summary>
    public float[] Scale { get; } = scale;

    public void Apply(ReadOnlySpan<float> features, Span<float> scaled)
    {
        for (int i = 0; i < scaled.Length; i++)
        {
            float value = (features[i] - Mean[i]) * Scale[i];
            scaled[i] = float.IsNaN(value) ? 0 : Math.Clamp(value, -Farthest, Farthest);
        }
    }

    public static FeatureScale Fit(HeadRows rows, IReadOnlySet<Signals.FeatureGroup> without)
    {
        int columns = rows.Layout.Count;
        float[] mean = new float[columns];
        float[] scale = new float[columns];
        for (int c = 0; c < columns; c++)
        {
            (double sum, double squares, int known) = (0, 0, 0);
            for (int r = 0; r < rows.Count; r++)
            {
                double value = rows[r][c];
                if (!double.IsFinite(value))
                    continue;
                known++;
                double delta = value - sum;
                sum += delta / known;
                squares += delta * (value - sum);
            }

            double deviation = Math.Sqrt(squares / Math.Max(known, 1));
            mean[c] = (float)sum;
            if (deviation > 1e-6 * Math.Max(1, Math.Abs(sum)) && !without.Contains(rows.Layout.Groups[c]))
                scale[c] = (float)(1 / deviation);
        }

        return new(mean, scale);
    }
}
