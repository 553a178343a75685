using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Replay;

/// <summary>LLMRouter: each test question goes to that of nine models that the forecast expects to do best.</summary>
internal static class LlmRouterReplay
{
    private const int Draws = 1_000;

    public static async Task<ReplayReport> RunAsync(ReplayContext context)
    {
        LlmRouterFiles files = LlmRouterFiles.Read(Path.Combine(context.Folder, "llmrouter"));
        PointSet points = await context.EmbedAsync([.. files.Train.Concat(files.Test).Select(question => question.Text)]);
        PointSet train = points.Select([.. Enumerable.Range(0, files.Train.Count)]);
        double[][] scores = [.. files.Train.Select(question => question.Scores.ToArray())];
        FitClock clock = new();
        List<double[]> gained = [];
        for (int seed = 0; seed < context.Seeds; seed++)
        {
            QueryForecast forecast = clock.Time(() => ForecastFit.Of(train, scores, (ulong)seed));
            gained.Add([.. files.Test.Select((question, index) => question.Scores[Best(forecast.Predict(points[files.Train.Count + index]))])]);
            context.Report("forecast", seed + 1, context.Seeds);
        }

        double[] alone = [.. files.Models.Select((_, model) => files.Test.Average(question => question.Scores[model]))];
        int best = Best([.. files.Models.Select((_, model) => files.Train.Average(question => question.Scores[model]))]);
        double[] accuracies = [.. gained.Select(seed => seed.Average())];
        double mean = accuracies.Average();
        // Per question what the routing and the best single model have right, and that it is one.
        double[][] units = [.. files.Test.Select((question, q) => new[] { gained.Average(seed => seed[q]), question.Scores[best], 1 })];
        PairedBootstrap bootstrap = new(units, [.. units.Select(_ => "")], Draws, seed: 0);
        return new()
        {
            Dataset = "llmrouter",
            Score = "forecast",
            Weak = alone.Min(),
            Strong = alone[best],
            Seeds = context.Seeds,
            NTrain = files.Train.Count,
            NTest = files.Test.Count,
            FitMs = clock.MeanMs,
            Pool = new(
                mean,
                Math.Sqrt(accuracies.Average(accuracy => (accuracy - mean) * (accuracy - mean))),
                files.Models[best],
                files.Test.Average(question => question.Scores.Max()),
                files.Duplicates,
                files.Models.Select((model, index) => (model, alone[index])).ToDictionary())
            {
                AccuracyCi95 = bootstrap.Bounds(sums => sums[0] / sums[2])?.ToList(),
                LeadCi95 = bootstrap.Bounds(sums => (sums[0] - sums[1]) / sums[2])?.ToList(),
            },
        };
    }

    private static int Best(double[] values) => Array.IndexOf(values, values.Max());
}
