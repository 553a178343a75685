using CascadeLocal.Calibration.Statistics;

namespace CascadeLocal.Calibration.Joint;

/// <summary>A mean over rows and its standard error; the rows of a question are no evidence of their own.</summary>
/// <param name="Mean">The mean over all rows.</param>
/// <param name="StandardError">Over questions; 0 where there are fewer than two.</param>
internal readonly record struct UnitMean(double Mean, double StandardError)
{
    /// <summary>Rows with the question of each. Without rows the mean is 0.</summary>
    public static UnitMean Of(IEnumerable<(int Unit, double Value)> rows)
    {
        (double Sum, int Count)[] units = [.. rows.GroupBy(r => r.Unit).Select(g => (g.Sum(r => r.Value), g.Count()))];
        int count = units.Sum(u => u.Count);
        if (count == 0)
            return new(0, 0);
        double mean = units.Sum(u => u.Sum) / count;
        // The error of a ratio of sums over questions, by linearisation.
        double squares = units.Sum(u => Math.Pow(u.Sum - mean * u.Count, 2));
        return new(mean, units.Length < 2 ? 0 : Math.Sqrt(squares * units.Length / (units.Length - 1.0)) / count);
    }

    /// <summary>The two-sided interval that misses with probability <paramref name="alpha"/>.</summary>
    public Interval Interval(double alpha)
    {
        double half = Normal.TwoSided(alpha) * StandardError;
        return new(Mean - half, Mean + half);
    }

    /// <summary>The one-sided upper bound that is passed with probability <paramref name="delta"/>.</summary>
    public double Upper(double delta) => Mean + Normal.TwoSided(2 * delta) * StandardError;
}
