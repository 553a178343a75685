namespace CascadeLocal.Routing.Judging.Heads;

/// <summary>Adam (Kingma and Ba 2015) on one array.</summary>
internal sealed class AdamStep(int parameters, double rate)
{
    private const double MeanDecay = 0.9;
    private const double SquareDecay = 0.99;
    private const double Epsilon = 1e-8;

    private readonly double[] _means = new double[parameters];
    private readonly double[] _squares = new double[parameters];
    private int _steps;

    public void Apply(float[] values, float[] gradient)
    {
        _steps++;
        double step = rate * Math.Sqrt(1 - Math.Pow(SquareDecay, _steps)) / (1 - Math.Pow(MeanDecay, _steps));
        for (int i = 0; i < values.Length; i++)
        {
            double slope = gradient[i];
            _means[i] += (1 - MeanDecay) * (slope - _means[i]);
            _squares[i] += (1 - SquareDecay) * (slope * slope - _squares[i]);
            values[i] -= (float)(step * _means[i] / (Math.Sqrt(_squares[i]) + Epsilon));
        }
    }
}
