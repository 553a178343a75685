namespace CascadeLocal.Routing.Margins;

/// <summary>The standard normal distribution.</summary>
internal static class Normal
{
    // Beyond this, no double differs from 1.
    private const double Far = 9;

    /// <summary>The probability of a value up to <paramref name="z"/>.</summary>
    public static double Cumulative(double z)
    {
        if (Math.Abs(z) >= Far)
            return z > 0 ? 1 : 0;
        // 1/2 + density(z) · (z + z³/3 + z⁵/(3·5) + ...)
        double term = z;
        double sum = z;
        for (int n = 3; Math.Abs(term) > 1e-17 * Math.Abs(sum); n += 2)
        {
            term *= z * z / n;
            sum += term;
        }

        return 0.5 + sum * Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI);
    }

    /// <summary>The z that bounds a two-sided interval of a confidence of 1 - <paramref name="alpha"/>.</summary>
    public static double TwoSided(double alpha)
    {
        double low = 0;
        double high = Far;
        for (int i = 0; i < 60; i++)
        {
            double middle = (low + high) / 2;
            if (2 * (1 - Cumulative(middle)) > alpha)
                low = middle;
            else
                high = middle;
        }

        return high;
    }
}
