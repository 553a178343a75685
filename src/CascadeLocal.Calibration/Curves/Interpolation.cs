namespace CascadeLocal.Calibration.Curves;

/// <summary>Linear interpolation as NumPy's interp does it.</summary>
internal static class Interpolation
{
    /// <summary>The value at <paramref name="x"/>; outside the known points that of the first or last.</summary>
    public static double At(double x, ReadOnlySpan<double> xs, ReadOnlySpan<double> ys)
    {
        if (x > xs[^1])
            return ys[^1];
        if (x < xs[0])
            return ys[0];
        int below = Segment(x, xs);
        if (below == xs.Length - 1 || xs[below] == x)
            return ys[below];
        double slope = (ys[below + 1] - ys[below]) / (xs[below + 1] - xs[below]);
        return (slope * (x - xs[below])) + ys[below];
    }

    /// <summary>
    /// The point at or before <paramref name="x"/>. An accuracy curve may fall somewhere, and then there are several: this
    /// finds NumPy's, which looks at the first four points one by one, and bisects the rest, or up to the tenth if that lies
    /// above.
    /// </summary>
    private static int Segment(double x, ReadOnlySpan<double> xs)
    {
        for (int i = 1; i < Math.Min(4, xs.Length); i++)
        {
            if (x < xs[i])
                return i - 1;
        }

        if (xs.Length <= 4)
            return xs.Length - 1;
        int low = 3;
        int high = xs.Length > 10 && x < xs[9] ? 9 : xs.Length;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (x >= xs[middle])
                low = middle + 1;
            else
                high = middle;
        }

        return low - 1;
    }
}
