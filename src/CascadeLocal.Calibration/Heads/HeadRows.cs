using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Heads;

/// <summary>What a head is trained on: a row per answer.</summary>
public sealed class HeadRows
{
    // Of the query's numbers, of which there are many that each say little, against a deviation of 1 of every other feature.
    private const float QueryScale = 0.5f;

    private readonly float[] _features;

    /// <param name="layout">What the columns are.</param>
    /// <param name="features">Rows × columns, row-major; NaN where a value is not known.</param>
    /// <param name="labels">How right each answer is, 0..1.</param>
    /// <param name="units">The question of each row: its rows are never on both sides of a cut.</param>
    /// <exception cref="ArgumentException">Sizes differ, or a label is not 0..1.</exception>
    public HeadRows(FeatureLayout layout, float[] features, double[] labels, int[] units)
    {
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(units);
        if (features.Length != labels.Length * layout.Count || units.Length != labels.Length)
            throw new ArgumentException($"{features.Length} values and {units.Length} units do not make {labels.Length} rows of {layout.Count}");
        if (!Array.TrueForAll(labels, l => l is >= 0 and <= 1))
            throw new ArgumentException("labels are 0..1", nameof(labels));
        (Layout, _features, Labels, Units) = (layout, features, labels, units);
    }

    /// <summary>What the columns are.</summary>
    public FeatureLayout Layout { get; }

    /// <summary>How many rows there are.</summary>
    public int Count => Labels.Count;

    /// <summary>How right each answer is.</summary>
    public IReadOnlyList<double> Labels { get; }

    /// <summary>The question of each row.</summary>
    public IReadOnlyList<int> Units { get; }

    /// <summary>The features of a row.</summary>
    public ReadOnlySpan<float> this[int row] => _features.AsSpan(row * Layout.Count, Layout.Count);

    /// <summary>Some of the rows.</summary>
    internal HeadRows Select(int[] rows) => new(
        Layout,
        [.. rows.SelectMany(row => this[row].ToArray())],
        [.. rows.Select(row => Labels[row])],
        [.. rows.Select(row => Units[row])]);

    /// <summary>
    /// What brings every feature to mean 0 and deviation 1 over the rows, but those of the query together, the greatest to less; those that
    /// the options leave out to 0.
    /// </summary>
    internal FeatureScale Scale(HeadOptions options)
    {
        int columns = Layout.Count;
        float[] mean = new float[columns];
        float[] scale = new float[columns];
        for (int c = 0; c < columns; c++)
        {
            (double sum, double squares, int known) = (0, 0, 0);
            for (int r = 0; r < Count; r++)
            {
                double value = this[r][c];
                if (!double.IsFinite(value))
                    continue;
                known++;
                double delta = value - sum;
                sum += delta / known;
                squares += delta * (value - sum);
            }

            double deviation = Math.Sqrt(squares / Math.Max(known, 1));
            mean[c] = (float)sum;
            if (deviation > 1e-6 * Math.Max(1, Math.Abs(sum)) && options.Sees(Layout, c))
                scale[c] = (float)(1 / deviation);
        }

        // Along directions in which queries differ little, little is to be learnt: they keep their proportions.
        int[] query = [.. Enumerable.Range(0, columns).Where(c => Layout.Groups[c] == FeatureGroup.Query && scale[c] != 0)];
        float least = query.Select(c => scale[c]).DefaultIfEmpty().Min();
        foreach (int c in query)
            scale[c] = QueryScale * least;
        return new(mean, scale);
    }
}
