using System.Numerics.Tensors;

using CascadeLocal.Calibration.Statistics;

namespace CascadeLocal.Calibration.Heads;

/// <summary>Logistic regression of few inputs: Newton's method, its steps halved until the loss falls.</summary>
internal static class LogisticFit
{
    private const int Steps = 50;
    private const int Halvings = 20;

    // Weights that nothing speaks for stay where they were: as strong as what one answer says.
    private const double Ridge = 1;

    /// <summary>The weights of least log-loss, drawn to where they start.</summary>
    /// <param name="inputs">A row per answer.</param>
    /// <param name="labels">0..1.</param>
    /// <param name="start">Weights without any answer.</param>
    public static double[] Of(double[][] inputs, double[] labels, double[] start)
    {
        double[] weights = [.. start];
        double loss = Loss(inputs, labels, weights, start);
        for (int step = 0; step < Steps; step++)
        {
            double[] change = Newton(inputs, labels, weights, start);
            double scale = 1;
            double[] next = Moved(weights, change, scale);
            double reached = Loss(inputs, labels, next, start);
            for (int halving = 0; !(reached < loss) && halving < Halvings; halving++)
            {
                next = Moved(weights, change, scale /= 2);
                reached = Loss(inputs, labels, next, start);
            }

            if (!(reached < loss))
                break;
            bool isDone = loss - reached < 1e-10 * (1 + loss);
            (weights, loss) = (next, reached);
            if (isDone)
                break;
        }

        return weights;
    }

    private static double[] Newton(double[][] inputs, double[] labels, double[] weights, double[] start)
    {
        int count = weights.Length;
        double[][] curvature = [.. Enumerable.Range(0, count).Select(i => new double[i + 1])];
        double[] slope = [.. Enumerable.Range(0, count).Select(i => Ridge * (start[i] - weights[i]))];
        for (int row = 0; row < inputs.Length; row++)
        {
            double[] x = inputs[row];
            double p = 1 / (1 + Math.Exp(-TensorPrimitives.Dot<double>(x, weights)));
            for (int i = 0; i < count; i++)
            {
                slope[i] += (labels[row] - p) * x[i];
                for (int j = 0; j <= i; j++)
                    curvature[i][j] += p * (1 - p) * x[i] * x[j];
            }
        }

        return new Cholesky(curvature, [.. Enumerable.Repeat(Ridge, count)]).Solve(slope);
    }

    private static double Loss(double[][] inputs, double[] labels, double[] weights, double[] start)
    {
        double loss = 0;
        for (int row = 0; row < inputs.Length; row++)
            loss += HeadTrainer.LogLoss(TensorPrimitives.Dot<double>(inputs[row], weights), labels[row]);
        for (int i = 0; i < weights.Length; i++)
            loss += 0.5 * Ridge * (weights[i] - start[i]) * (weights[i] - start[i]);
        return loss;
    }

    private static double[] Moved(double[] weights, double[] change, double scale) =>
        [.. weights.Zip(change, (weight, by) => weight + scale * by)];
}
