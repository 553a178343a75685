using System.Globalization;

using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Calibration.Curves;
using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Replay;

/// <summary>
/// RouteLLM's GSM8K, cross-fitted in five parts for each seed: what the judge that <c>fit</c> trains knows of the weak model's answer,
/// and what the forecast knows of the query alone. Nothing is read but the questions, the answers and the labels.
/// </summary>
internal sealed class Gsm8kReplay
{
    private const int Folds = 5;
    private const int Weak = 0;
    private const int Strong = 1;

    /// <summary>What GSM8K's format asks for before the result.</summary>
    private const string ResultMark = "####";

    private static readonly double[] CostRatios = [0.01, 0.1, 0.2, 0.5];

    private readonly ReplayContext _context;
    private readonly IReadOnlyList<PairQuestion> _questions;
    private readonly PointSet _points;
    private readonly FitClock _clock = new();

    private Gsm8kReplay(ReplayContext context, IReadOnlyList<PairQuestion> questions, PointSet points) =>
        (_context, _questions, _points) = (context, questions, points);

    public static async Task<ReplayReport> RunAsync(ReplayContext context)
    {
        IReadOnlyList<PairQuestion> questions = [.. RouteLlmFiles.ReadGsm8k(Path.Combine(context.Folder, "routellm")).DistinctBy(question => question.Prompt)];
        PointSet points = await context.EmbedAsync([.. questions.Select(question => question.Prompt)]);
        return new Gsm8kReplay(context, questions, points).Run();
    }

    private ReplayReport Run()
    {
        Judged[][] judged = CrossFit("judge", Judge);
        double[][] gains = [.. judged.Select(seed => seed.Select(question => question.Gain).ToArray())];
        int[] all = [.. Enumerable.Range(0, _questions.Count)];
        int[] marked = [.. all.Where(i => _questions[i].WeakAnswer!.Contains(ResultMark, StringComparison.Ordinal))];
        SeedCurves curves = CurvesOf(gains, all);
        ScoreReport[] scores =
        [
            ScoreReport.Of("answer, gain", curves),
            ScoreReport.Of($"answer, gain; answers with {ResultMark} only", CurvesOf(gains, marked)),
            ScoreReport.Of("answer, error of the weak", CurvesOf([.. judged.Select(seed => seed.Select(question => question.Error).ToArray())], all)),
            ScoreReport.Of("query, forecast", CurvesOf(CrossFit("forecast", Forecast), all)),
        ];
        return ReplayReport.Of("routellm-gsm8k", scores, curves.Curves, _questions.Count * (Folds - 1) / Folds, _clock.MeanMs) with
        {
            CostAxis = [.. CostRatios.Select(ratio => CostReport.Of(ratio, curves.Curves))],
        };
    }

    /// <summary>For each seed what is said of all questions, of each by a fit that has not seen it.</summary>
    private T[][] CrossFit<T>(string stage, Func<int[], int[], ulong, T[]> fit)
    {
        T[][] said = new T[_context.Seeds][];
        for (int seed = 0; seed < said.Length; seed++)
        {
            said[seed] = new T[_questions.Count];
            int[] order = SeededOrder.Of(_questions.Count, (ulong)seed);
            for (int fold = 0; fold < Folds; fold++)
            {
                int[] test = [.. order.Where((_, position) => position % Folds == fold)];
                int[] train = [.. order.Where((_, position) => position % Folds != fold)];
                T[] predicted = fit(train, test, (ulong)seed);
                for (int i = 0; i < test.Length; i++)
                    said[seed][test[i]] = predicted[i];
                _context.Report(stage, (seed * Folds) + fold + 1, said.Length * Folds);
            }
        }

        return said;
    }

    private Judged[] Judge(int[] train, int[] test, ulong seed)
    {
        // One cluster: what the query says of an answer comes from its embedding alone.
        Centroids everywhere = new(new(new float[_points.Dimensions], _points.Dimensions));
        JudgedTable table = JudgedTable.Of(CascadeLabels.Of(Labels(train), Labels(test)), everywhere, new());
        QueryProjection projection = QueryProjectionFit.Of(_points.Select(train), new CascadeFitOptions().QueryDimensions);
        (AnswerFeatures features, _) = new MemberAnswers(table, Weak, projection).Read(_context.CancellationToken);
        GateScores scores = _clock.Time(() => JudgeTrainer.Train(table.Questions, features, Weak, Strong, new() { Seed = seed })).Scores!;
        Dictionary<string, int> places = table.Questions.Certify.ToDictionary(q => table.Rows[q][Weak].Id);
        return [.. test.Select(i => places[IdOf(i)]).Select(q => new Judged(scores[q][^1], 1 - scores.OwnAtEnd[q]))];
    }

    private EmbeddedTable Labels(int[] questions)
    {
        QuestionTable table = QuestionTable.Of(new([.. questions.SelectMany(RowsOf)], null, []), "routellm-gsm8k");
        Dictionary<string, int> places = questions.ToDictionary(i => _questions[i].Prompt);
        return new(table, _points.Select([.. table.Texts.Select(text => places[text])]));
    }

    private LabelRow[] RowsOf(int question)
    {
        PairQuestion asked = _questions[question];
        LabelRow weak = new() { Id = IdOf(question), Prompt = asked.Prompt, Model = nameof(Weak), Correct = asked.WeakRight ? 1 : 0, Output = asked.WeakAnswer };
        return [weak, weak with { Model = nameof(Strong), Correct = asked.StrongRight ? 1 : 0, Output = null }];
    }

    private static string IdOf(int question) => question.ToString("D5", CultureInfo.InvariantCulture);

    private double[] Forecast(int[] train, int[] test, ulong seed)
    {
        QueryForecast forecast = ForecastFit.Of(_points.Select(train), [.. train.Select(i => new[] { _questions[i].Gain })], seed);
        return [.. test.Select(i => forecast.Predict(_points[i])[0])];
    }

    private SeedCurves CurvesOf(double[][] scores, int[] judged)
    {
        SeedCurves curves = new(_questions);
        foreach (double[] seedScores in scores)
            curves.Add(judged, [.. judged.Select(i => seedScores[i])]);
        return curves;
    }

    /// <summary>What a judge says of the weak model's answer: by how much likelier the strong one is right, and the chance that it is wrong.</summary>
    private readonly record struct Judged(double Gain, double Error);
}
