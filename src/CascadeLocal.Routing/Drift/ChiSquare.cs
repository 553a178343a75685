namespace CascadeLocal.Routing.Drift;

/// <summary>The chi-square distribution.</summary>
public static class ChiSquare
{
    private const double Precision = 1e-14;
    private const int MostTerms = 10_000;

    /// <summary>The chance of at least <paramref name="value"/>: the regularised upper incomplete gamma function Q(d/2, value/2).</summary>
    /// <param name="value">A sum of squares.</param>
    /// <param name="degrees">Degrees of freedom; without any the chance is 1.</param>
    public static double AtLeast(double value, int degrees)
    {
        if (degrees < 1 || !(value > 0))
            return 1;
        (double a, double x) = (degrees / 2.0, value / 2);
        double scale = Math.Exp(a * Math.Log(x) - x - LogGamma(degrees));
        return Math.Clamp(x < a + 1 ? 1 - scale * Series(a, x) : scale * Fraction(a, x), 0, 1);
    }

    // ln Γ(d/2) by Γ(z + 1) = z Γ(z), from Γ(1/2) = √π and Γ(1) = 1.
    private static double LogGamma(int degrees)
    {
        double sum = degrees % 2 == 1 ? Math.Log(Math.PI) / 2 : 0;
        for (double z = degrees % 2 == 1 ? 0.5 : 1; z < degrees / 2.0; z++)
            sum += Math.Log(z);
        return sum;
    }

    // γ(a, x) e^x / x^a = Σ x^n / (a (a + 1) ... (a + n))
    private static double Series(double a, double x)
    {
        double term = 1 / a;
        double sum = term;
        for (int n = 1; n < MostTerms && term > Precision * sum; n++)
        {
            term *= x / (a + n);
            sum += term;
        }

        return sum;
    }

    // Γ(a, x) e^x / x^a as a continued fraction, by Lentz's method (DLMF 8.9.2 in its even form).
    private static double Fraction(double a, double x)
    {
        double b = x + 1 - a;
        double c = double.MaxValue;
        double d = 1 / b;
        double value = d;
        for (int n = 1; n < MostTerms; n++)
        {
            double step = n * (a - n);
            b += 2;
            d = 1 / (step * d + b);
            c = b + step / c;
            value *= c * d;
            if (Math.Abs(c * d - 1) < Precision)
                break;
        }

        return value;
    }
}
