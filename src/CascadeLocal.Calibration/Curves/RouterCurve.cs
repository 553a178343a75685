using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Curves;

/// <summary>
/// A query router: each request goes to the model with the highest predicted correctness less λ times its cost. Every λ is a point: those
/// at which a tenth of the requests leaves the strong model after the other, and then those at which a tenth arrives at the weak one. With two
/// models this is RouteLLM's curve of the predicted gain.
/// </summary>
internal static class RouterCurve
{
    /// <summary>Parts that texts are cut into; there are as many texts at least.</summary>
    public const int Folds = 5;

    /// <summary>Predictions of every request by clusters that were fitted without its text: per request one number a model.</summary>
    public static double[][] CrossFitted(CurveModels models, PointSet vectors, ulong seed, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var all = models.Requests.All;
        int[] folds = Heads.Folds.Of([.. all.Select(r => r.Text)], [.. all.Select(r => r.Answers[models.Strong].Correct)], Folds, seed);
        double[][] predicted = new double[all.Count][];
        for (int fold = 0; fold < Folds; fold++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] train = [.. Enumerable.Range(0, all.Count).Where(i => folds[i] != fold)];
            QueryForecast forecast = ForecastFit.Of(
                vectors.Select([.. train.Select(i => all[i].Text)]),
                [.. train.Select(i => all[i].Answers.Select(answer => answer.Correct).ToArray())],
                seed,
                cancellationToken);
            for (int i = 0; i < all.Count; i++)
            {
                if (folds[i] == fold)
                    predicted[i] = forecast.Predict(vectors[all[i].Text]);
            }

            progress?.Report((fold + 1.0) / Folds);
        }

        return predicted;
    }

    /// <summary>The curve of predictions.</summary>
    public static TradeOff Of(string name, CurveKind kind, CurveModels models, double[][] predicted, ulong seed)
    {
        int[] cheaper = Cheaper(models);
        if (cheaper.Length == 1)
        {
            double[] gains = [.. predicted.Select(p => p[models.Strong] - p[cheaper[0]])];
            return TradeOff.OfScore(name, kind, gains, seed, i => models.Alone(i, cheaper[0]), i => models.Alone(i, models.Strong));
        }

        double[] costs = models.RelativeCosts;
        double[] leaving = [.. predicted.Select(p => cheaper.Min(m => (p[models.Strong] - p[m]) / (1 - costs[m])))];
        double[] arriving = [.. predicted.Select(p => cheaper.Append(models.Strong).Where(m => costs[m] > costs[models.Weak])
            .Max(m => (p[m] - p[models.Weak]) / (costs[m] - costs[models.Weak])))];
        double[] edges = [.. ScoreCuts.EdgesOf(leaving).Concat(ScoreCuts.EdgesOf(arriving)).Distinct()];
        return new(name, kind, [
            PointOutcomes.Of(models.N, i => models.Alone(i, models.Strong)),
            .. edges.Select(edge => PointOutcomes.Of(models.N, i => models.Alone(i, Choice(models, cheaper, costs, predicted[i], edge)))),
            PointOutcomes.Of(models.N, i => models.Alone(i, models.Weak)),
        ]);
    }

    /// <summary>The most accurate choice by predictions, whatever it costs.</summary>
    public static PointOutcomes Unlimited(CurveModels models, double[][] predicted) =>
        PointOutcomes.Of(models.N, i => models.Alone(i, Array.IndexOf(predicted[i], predicted[i].Max())));

    // What is dearer than the strong model and less accurate only gets in the way.
    private static int[] Cheaper(CurveModels models) =>
        [.. Enumerable.Range(0, models.Count).Where(m => m != models.Strong && models.RelativeCosts[m] < 1)];

    // Of equally good models the strong one, as RouteLLM's rule has it.
    private static int Choice(CurveModels models, int[] cheaper, double[] costs, double[] predicted, double price)
    {
        int best = cheaper.MaxBy(m => predicted[m] - price * costs[m]);
        return predicted[models.Strong] - price >= predicted[best] - price * costs[best] ? models.Strong : best;
    }
}
