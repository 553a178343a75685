using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Fitting;

/// <summary>Stage 1 fitted to labels: clusters, what was measured on them, and the routing.</summary>
public sealed record LabelFit
{
    /// <summary>Never more clusters than this are tried, and no more than one per <see cref="QuestionsPerCluster"/> questions.</summary>
    public const int MostClusters = 32;

    /// <summary>Questions that a cluster has on average at least.</summary>
    public const int QuestionsPerCluster = 50;

    /// <summary>As <see cref="KMeansOptions.MostStarted"/>.</summary>
    internal const int MostStarted = 4_000;

    private const int HalvingSteps = 30;

    /// <summary>What it was fitted to.</summary>
    public required QuestionTable Table { get; init; }

    /// <summary>How it was fitted.</summary>
    public required LabelFitOptions Options { get; init; }

    /// <summary>The clusters of all questions.</summary>
    public required KMeansResult Clusters { get; init; }

    /// <summary>The clusterings for k = 2..9 with their silhouettes.</summary>
    public required SilhouetteChoice Silhouette { get; init; }

    /// <summary>What held-out questions say, or null where there are too few.</summary>
    public required HeldOutResult? HeldOut { get; init; }

    /// <summary>What was tried on held-out questions of what was chosen, or null where there are too few.</summary>
    public required Candidate? Chosen { get; init; }

    /// <summary>The routing.</summary>
    public required StageOneFit Fit { get; init; }

    /// <summary>What is known of single queries; null of too few questions.</summary>
    public required ForecastRule? Forecast { get; init; }

    /// <summary>What the routing gave on held-out questions; null where there are too few.</summary>
    public RoutingOutcome? Expected => Forecast is { Routing: not null } ? HeldOut!.ByQuery!.Expected : Chosen?.Expected;

    /// <summary>Which queries are unlike the questions; null where that was not asked for, or nothing can be held out.</summary>
    public required NoveltyBoundary? Novelty { get; init; }

    /// <summary>How many of the questions are novel where these are more than there may be; else null.</summary>
    internal string? Repeated { get; init; }

    /// <summary>What the labels say beyond the statistics that Stage 1 is fitted to, which may be shrunk.</summary>
    public required LabelEvidence Evidence { get; init; }

    /// <summary>How many questions of the pool's error rate every cluster was given.</summary>
    public double Shrinkage => Chosen?.Shrinkage ?? 0;

    /// <summary>What was left out or lowered, one sentence each.</summary>
    public IEnumerable<string> Notices =>
        [.. Table.Notices, .. ((string?[])[Unpriced, Clusters.Notice, NoveltyFit.NoticeOf(Novelty), Repeated]).OfType<string>()];

    /// <summary>Of how many questions the costs are, where it is not all.</summary>
    internal string? Unpriced
    {
        get
        {
            CostMetric metric = Options.Routing.Metric;
            Func<Question, bool> isPriced = Table.Priced(metric, Options.StatedCosts.Keys);
            int unpriced = Table.Questions.Count(question => !isPriced(question));
            return unpriced == 0 ? null : $"{unpriced} of {Table.Questions.Count} questions have no {metric.Field()} of every model; costs are of the others";
        }
    }

    /// <summary>Each model alone, on all questions.</summary>
    public IReadOnlyList<RoutingOutcome> Alone =>
        [.. Table.Models.Select((_, model) => RoutingOutcome.Of(Table, _ => model))];

    /// <summary>The most accurate answer to every question, of equally accurate ones the cheapest; nobody can know it beforehand.</summary>
    public RoutingOutcome Oracle => OracleOf(Table);

    /// <summary>The same on other questions.</summary>
    internal RoutingOutcome OracleOf(QuestionTable table) => RoutingOutcome.Of(table, question => Enumerable.Range(0, Table.Models.Count)
        .MaxBy(model => (question.Answers[model].Correct, -Fit.Costs[model])));

    /// <summary>Fits.</summary>
    /// <param name="table">The questions.</param>
    /// <param name="texts">The vectors of the table's texts.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="MissingCostException">The labels do not have the times that the options need.</exception>
    /// <exception cref="InfeasibleBudgetException">No routing keeps the budget.</exception>
    public static LabelFit Of(
        QuestionTable table, PointSet texts, LabelFitOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        int[] questions = [.. Enumerable.Range(0, table.Questions.Count)];
        ClusterMeasurements measurements = new(table, options.StatedCosts, options.Routing.Metric);
        // Missing costs and budgets that nothing keeps are found before the long work.
        LabelCosts.Check(table, options);
        StageOneFit.Fit(measurements.Of(questions, new int[questions.Length], 1), options.Routing with { Budget = null });

        PointSet points = texts.Select([.. table.Questions.Select(question => question.Text)]);
        SilhouetteChoice silhouette = SilhouetteChoice.Fit(points, options.Seed, MostStarted, cancellationToken);
        int largest = Math.Clamp(questions.Length / QuestionsPerCluster, 1, MostClusters);
        IEnumerable<int> tried = options.Rule switch
        {
            ClusterRule.Given => [options.Clusters],
            ClusterRule.Silhouette => Enumerable.Range(1, largest).Append(silhouette.Chosen.Clusters).Distinct(),
            _ => Enumerable.Range(1, largest),
        };
        double? limit = options.Routing.Budget ?? KeptCost(measurements.Of(questions, silhouette.Chosen.Result.Labels, silhouette.Chosen.Clusters), options);
        LabelFitOptions searched = options with
        {
            Routing = options.Routing with { Budget = limit },
            MayRouteByQuery = options is { MayRouteByQuery: true, Rule: ClusterRule.Routing },
        };
        HeldOutResult? heldOut = new HeldOutSearch(table, points, searched, tried.Order()).Run(progress, cancellationToken);
        int wanted = options.Rule switch
        {
            ClusterRule.Given => options.Clusters,
            ClusterRule.Silhouette => silhouette.Chosen.Clusters,
            _ => heldOut?.Chosen.Clusters ?? 1,
        };
        Candidate? chosen = options.Rule == ClusterRule.Routing ? heldOut?.Chosen : heldOut?.Best(wanted);
        KMeansResult clusters = KMeans.Fit(points, new() { Clusters = wanted, Seed = options.Seed, MostStarted = MostStarted }, cancellationToken);
        int k = clusters.Sizes.Count;
        LabelEvidence evidence = new(
            measurements.Of(questions, clusters.Labels, k), measurements.Correlations(questions, clusters.Labels, k));
        NoveltyBoundary? novelty = NoveltyFit.CrossFitted(options.NovelAlpha, texts, k, options.Seed, cancellationToken);
        return new()
        {
            Table = table,
            Options = options,
            Clusters = clusters,
            Silhouette = silhouette,
            HeldOut = heldOut,
            Chosen = chosen,
            Fit = StageOneFit.Fit(measurements.Of(questions, clusters.Labels, k, chosen?.Shrinkage ?? 0), options.Routing),
            Evidence = evidence,
            Forecast = questions.Length < ForecastFit.FewestQuestions ? null : new(
                ForecastFit.Of(points, [.. table.Questions.Select(question => question.Correctness)], options.Seed, cancellationToken),
                heldOut?.ByQuery is { IsTaken: true } taken ? new(taken.Price, taken.Expected.Accuracy, taken.Expected.Under(options.Routing.Metric)) : null),
            Novelty = novelty,
            Repeated = NoveltyFit.NoticeOfRepeats(novelty, clusters.Centroids, points),
        };
    }

    // The cost of the cheapest exact routing that keeps the share on the given clusters, in ms; null where nothing is to be kept.
    private static double? KeptCost(PoolStatistics statistics, LabelFitOptions options)
    {
        if (options.Keep is not { } keep)
            return null;
        StageOneOptions routing = options.Routing with { CostBasis = CostBasis.Model };
        double least = keep * Enumerable.Range(0, statistics.Models.Count).Max(statistics.Accuracy);
        double high = ExactRouting.Plan(statistics, routing with { Budget = null }).Cost;
        for (double low = 0, step = 0; step < HalvingSteps; step++)
        {
            double middle = (low + high) / 2;
            RoutingPlan plan = ExactRouting.Plan(statistics, routing with { Budget = middle });
            if (plan.Accuracy >= least && plan.Cost <= middle * (1 + 1e-9))
                high = middle;
            else
                low = middle;
        }

        return high > 0 ? high : null;
    }
}
