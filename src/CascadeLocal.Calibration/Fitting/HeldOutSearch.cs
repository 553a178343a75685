using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Fitting;

/// <summary>
/// Tries numbers of clusters and strengths of shrinkage on held-out questions: 5 times 5-fold, or once of very many, with the
/// clusters and the exact routing fitted anew without each fold. A forecast of every question by itself is tried on the first of these.
/// </summary>
internal sealed class HeldOutSearch
{
    private const int Repeats = 5;
    private const int Folds = 5;

    /// <summary>Of more questions one repeat says as much as five of these.</summary>
    private const int MostQuestionsRepeated = 4_000;

    /// <summary>Starts of k-means within a fold; only the final clusters are worth more.</summary>
    private const int Restarts = 4;

    /// <summary>Of more questions, this many are clustered within a fold and the others go to the nearest centroid.</summary>
    private const int MostClustered = 2_000;

    private static readonly double[] Shrinkages = [0, 10, 40];

    private readonly QuestionTable _table;
    private readonly PointSet _points;
    private readonly LabelFitOptions _options;
    private readonly ClusterMeasurements _measurements;
    private readonly StageOneOptions _routing;
    private readonly List<CandidateScores> _scores;
    private readonly List<double> _prices = [];
    private readonly int[] _clusterCounts;
    private readonly double[]?[] _forecasts;

    public HeldOutSearch(QuestionTable table, PointSet points, LabelFitOptions options, IEnumerable<int> clusterCounts)
    {
        _table = table;
        _points = points;
        _options = options;
        _measurements = new(table, options.StatedCosts, options.Routing.Metric);
        // The exact plan does not depend on what the λ score prices.
        _routing = options.Routing with { CostBasis = CostBasis.Model };
        _clusterCounts = [.. clusterCounts];
        _forecasts = new double[]?[table.Questions.Count];
        // Of one cluster nothing is left to shrink.
        _scores = [.. _clusterCounts.SelectMany(k =>
            Shrinkages.Where(s => k > 1 || s == 0).Select(s => new CandidateScores(table, k, s)))];
    }

    /// <summary>Runs all folds; null where there are too few texts to hold any out.</summary>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public HeldOutResult? Run(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        int folds = Math.Min(Folds, _table.Texts.Count);
        if (folds < 2)
            return null;
        int repeats = _table.Questions.Count > MostQuestionsRepeated ? 1 : Repeats;
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            IReadOnlyList<int> foldOf = QuestionFolds.Assign(_table, folds, _options.Seed + (ulong)repeat);
            for (int fold = 0; fold < folds; fold++)
            {
                RunFold(foldOf, fold, cancellationToken);
                if (repeat == 0 && _options.MayRouteByQuery)
                    Forecast(foldOf, fold, cancellationToken);
                progress?.Report((double)(repeat * folds + fold + 1) / (repeats * folds));
            }
        }

        _prices.Sort();
        double price = _prices[_prices.Count / 2];
        AnswerValue value = new(_table, _options, price);
        HeldOutResult result = new(HeldOutChoice.Compare(_table, _scores, value), price);
        double[][] forecasts = [.. _forecasts.OfType<double[]>()];
        if (forecasts.Length < _table.Questions.Count)
            return result;
        double[] chosen = _scores.Single(s => s.Clusters == result.Chosen.Clusters && s.Shrinkage == result.Chosen.Shrinkage).Values(value);
        return result with { ByQuery = ForecastTrial.Of(_table, _options, _measurements, forecasts, value, chosen) };
    }

    private void Forecast(IReadOnlyList<int> foldOf, int fold, CancellationToken cancellationToken)
    {
        int[] train = [.. Enumerable.Range(0, foldOf.Count).Where(q => foldOf[q] != fold)];
        if (train.Length < ForecastFit.FewestQuestions)
            return;
        QueryForecast forecast = ForecastFit.Of(_points.Select(train), [.. train.Select(q => _table.Questions[q].Correctness)], _options.Seed, cancellationToken);
        for (int q = 0; q < foldOf.Count; q++)
        {
            if (foldOf[q] == fold)
                _forecasts[q] = forecast.Predict(_points[q]);
        }
    }

    private void RunFold(IReadOnlyList<int> foldOf, int fold, CancellationToken cancellationToken)
    {
        int[] questions = [.. Enumerable.Range(0, foldOf.Count)];
        int[] train = [.. questions.Where(q => foldOf[q] != fold)];
        int[] test = [.. questions.Where(q => foldOf[q] == fold)];
        PointSet clustered = _points.Select(Sample(train));
        foreach (int k in _clusterCounts)
        {
            KMeansOptions options = new() { Clusters = k, Restarts = Restarts, Seed = _options.Seed };
            Centroids centroids = KMeans.Fit(clustered, options, cancellationToken).Centroids;
            int[] trainLabels = [.. train.Select(q => centroids.Nearest(_points[q]))];
            int[] testLabels = [.. test.Select(q => centroids.Nearest(_points[q]))];
            foreach (CandidateScores candidate in _scores.Where(s => s.Clusters == k))
            {
                PoolStatistics statistics = _measurements.Of(train, trainLabels, centroids.Count, candidate.Shrinkage);
                RoutingPlan plan = ExactRouting.Plan(statistics, _routing);
                for (int i = 0; i < test.Length; i++)
                    candidate.Add(test[i], plan.Models[testLabels[i]]);
                if (candidate.Shrinkage == 0)
                    _prices.Add(ExactRouting.ShadowPrice(statistics, _routing));
            }
        }
    }

    private int[] Sample(int[] questions)
    {
        if (questions.Length <= MostClustered)
            return questions;
        int[] shuffled = [.. questions];
        new SeededGenerator(_options.Seed).Shuffle<int>(shuffled);
        return shuffled[..MostClustered];
    }
}

/// <summary>Splits of questions. Questions with the same prompt, and so all runs of a question, are on one side.</summary>
public static class QuestionFolds
{
    /// <summary>The fold of each question, from 0. The folds have equally many texts, or one more.</summary>
    /// <param name="table">The questions.</param>
    /// <param name="folds">How many folds; no more than there are texts.</param>
    /// <param name="seed">Decides which text is where.</param>
    public static IReadOnlyList<int> Assign(QuestionTable table, int folds, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(folds, table.Texts.Count);
        int[] order = [.. Enumerable.Range(0, table.Texts.Count)];
        new SeededGenerator(seed).Shuffle<int>(order);
        int[] foldOfText = new int[order.Length];
        for (int place = 0; place < order.Length; place++)
            foldOfText[order[place]] = place % folds;
        return [.. table.Questions.Select(question => foldOfText[question.Text])];
    }
}
