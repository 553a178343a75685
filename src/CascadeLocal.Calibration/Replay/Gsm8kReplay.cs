using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Calibration.Curves;
using CascadeLocal.Routing.Judging.Arithmetic;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Replay;

/// <summary>
/// RouteLLM's GSM8K, cross-fitted in five parts for each seed: what can be known from the query alone, by clusters and by a
/// head, and what the weak model's answer adds. Nothing is read but the questions, the answers and the labels.
/// </summary>
internal sealed class Gsm8kReplay
{
    private const int Folds = 5;

    /// <summary>What GSM8K's format asks for before the result.</summary>
    private const string ResultMark = "####";

    private static readonly double[] CostRatios = [0.01, 0.1, 0.2, 0.5];

    private readonly ReplayContext _context;
    private readonly IReadOnlyList<PairQuestion> _questions;
    private readonly PointSet _points;
    private readonly float[][] _vectors;
    private readonly FitClock _clock = new();

    private Gsm8kReplay(ReplayContext context, IReadOnlyList<PairQuestion> questions, PointSet points)
    {
        _context = context;
        _questions = questions;
        _points = points;
        _vectors = [.. Enumerable.Range(0, points.Count).Select(i => points[i].ToArray())];
    }

    public static async Task<ReplayReport> RunAsync(ReplayContext context)
    {
        IReadOnlyList<PairQuestion> questions = RouteLlmFiles.ReadGsm8k(Path.Combine(context.Folder, "routellm"));
        PointSet points = await context.EmbedAsync([.. questions.Select(question => question.Prompt)]);
        return new Gsm8kReplay(context, questions, points).Run();
    }

    private ReplayReport Run()
    {
        float[][] answer = [.. _questions.Select(question => ArithmeticFeatures.Instance.Read(question.Prompt, question.WeakAnswer!))];
        float[][] query = [.. answer.Select(features => features[ArithmeticFeatures.QuestionFeatures])];
        double[] gain = [.. _questions.Select(question => question.Gain)];
        double[] error = [.. _questions.Select(question => question.WeakRight ? 0.0 : 1)];

        double[][] judged = CrossFit("answer, gain", (train, test, _) => Head(answer, gain, train, test));
        int[] all = [.. Enumerable.Range(0, _questions.Count)];
        int[] marked = [.. all.Where(i => _questions[i].WeakAnswer!.Contains(ResultMark, StringComparison.Ordinal))];
        SeedCurves curves = CurvesOf(judged, all);
        double fitMs = _clock.MeanMs;
        ScoreReport[] scores =
        [
            ScoreReport.Of("answer, gain", curves),
            ScoreReport.Of($"answer, gain; answers with {ResultMark} only", CurvesOf(judged, marked)),
            Report("answer, error of the weak", (train, test, _) => Head(answer, error, train, test)),
            Report("query, head", (train, test, _) => Head(query, gain, train, test)),
            Report("query, clusters", Clusters),
        ];
        return ReplayReport.Of("routellm-gsm8k", scores, curves.Curves, _questions.Count * (Folds - 1) / Folds, fitMs) with
        {
            CostAxis = [.. CostRatios.Select(ratio => CostReport.Of(ratio, curves.Curves))],
        };

        ScoreReport Report(string name, Func<int[], int[], ulong, double[]> fit) =>
            ScoreReport.Of(name, CurvesOf(CrossFit(name, fit), all));
    }

    /// <summary>For each seed the scores of all questions, each by a fit that has not seen it.</summary>
    private double[][] CrossFit(string stage, Func<int[], int[], ulong, double[]> fit)
    {
        double[][] scores = new double[_context.Seeds][];
        for (int seed = 0; seed < scores.Length; seed++)
        {
            scores[seed] = new double[_questions.Count];
            int[] order = SeededOrder.Of(_questions.Count, (ulong)seed);
            for (int fold = 0; fold < Folds; fold++)
            {
                int[] test = [.. order.Where((_, position) => position % Folds == fold)];
                int[] train = [.. order.Where((_, position) => position % Folds != fold)];
                double[] predicted = fit(train, test, (ulong)seed);
                for (int i = 0; i < test.Length; i++)
                    scores[seed][test[i]] = predicted[i];
                _context.Report(stage, (seed * Folds) + fold + 1, scores.Length * Folds);
            }
        }

        return scores;
    }

    private double[] Head(float[][] features, double[] targets, int[] train, int[] test)
    {
        TextHead head = _clock.Time(() => new TextHead(
            [.. train.Select(i => features[i])], [.. train.Select(i => _vectors[i])], [.. train.Select(i => targets[i])]));
        return [.. test.Select(i => head.Predict(features[i], _vectors[i]))];
    }

    private double[] Clusters(int[] train, int[] test, ulong seed)
    {
        QueryForecast clusters = ForecastFit.Of(_points.Select(train), [.. train.Select(i => new[] { _questions[i].Gain })], seed);
        return [.. test.Select(i => clusters.Predict(_points[i])[0])];
    }

    private SeedCurves CurvesOf(double[][] scores, int[] judged)
    {
        SeedCurves curves = new(_questions);
        foreach (double[] seedScores in scores)
            curves.Add(judged, [.. judged.Select(i => seedScores[i])]);
        return curves;
    }
}
