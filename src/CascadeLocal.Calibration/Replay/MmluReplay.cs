using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Calibration.Curves;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Replay;

/// <summary>
/// RouteLLM's MMLU from the text of the query alone: for each seed 1,500 questions' labels are drawn, all others are the
/// test, but for the few that ask the same in the same words. The score is the gain that is forecast, the chance of the strong model being right less that of the weak.
/// </summary>
internal static class MmluReplay
{
    private const int TrainingLabels = 1500;

    public static async Task<ReplayReport> RunAsync(ReplayContext context)
    {
        IReadOnlyList<PairQuestion> questions = RouteLlmFiles.ReadMmlu(Path.Combine(context.Folder, "routellm"));
        PointSet points = await context.EmbedAsync([.. questions.Select(question => question.Prompt)]);
        FitClock clock = new();
        SeedCurves curves = new(questions);
        for (int seed = 0; seed < context.Seeds; seed++)
        {
            int[] order = SeededOrder.Of(questions.Count, (ulong)seed);
            int[] train = order[..TrainingLabels];
            HashSet<string> known = [.. train.Select(i => questions[i].Prompt)];
            int[] test = [.. order[TrainingLabels..].Where(i => !known.Contains(questions[i].Prompt))];
            QueryForecast forecast = clock.Time(() =>
                ForecastFit.Of(points.Select(train), [.. train.Select(i => new[] { questions[i].Gain })], (ulong)seed));
            curves.Add(test, [.. test.Select(i => forecast.Predict(points[i])[0])]);
            context.Report("forecast", seed + 1, context.Seeds);
        }

        ScoreReport score = ScoreReport.Of("forecast", curves);
        return ReplayReport.Of("routellm-mmlu", [score], curves.Curves, TrainingLabels, clock.MeanMs);
    }
}
