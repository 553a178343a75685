using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Heads;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>
/// A cascade fitted to labels: Stage 1 for clusters and routing, judges of the members that are cheaper than the target, and
/// the plan. The labels for certifying are used once, for the shift of the thresholds and what is expected.
/// </summary>
public sealed record CascadeFit
{
    // One core each; a machine that serves meanwhile keeps the others.
    private const int MostTrainers = 2;

    // What saves less is not worth what it may miss of the share.
    private const double PlainestPays = 0.9;

    /// <summary>What it was fitted to.</summary>
    public required CascadeLabels Labels { get; init; }

    /// <summary>How it was fitted.</summary>
    public required CascadeFitOptions Options { get; init; }

    /// <summary>Clusters and routing, from the labels for fitting.</summary>
    public required LabelFit StageOne { get; init; }

    /// <summary>Per model its judge; null for one that is not cheaper than the target.</summary>
    public required IReadOnlyList<JudgedMember?> Judged { get; init; }

    /// <summary>How the judges see queries.</summary>
    public required QueryProjection Projection { get; init; }

    /// <summary>The plan.</summary>
    public required JointResult Result { get; init; }

    /// <summary>What each way to choose gives; null where it has no plan that keeps what was asked for.</summary>
    public required IReadOnlyDictionary<JointMode, JointResult?> Compared { get; init; }

    /// <summary>Sentences on what was not fitted, estimated, not certified or not kept.</summary>
    public required IReadOnlyList<string> Notices { get; init; }

    /// <summary>The labels as they are judged.</summary>
    public required JudgedTable Table { get; init; }

    /// <summary>The questions, run by run.</summary>
    public JudgedQuestions Questions => Table.Questions;

    /// <summary>Per model how its answers are judged, alone and after another's.</summary>
    public required IReadOnlyList<GateScores?> Scores { get; init; }

    /// <summary>What is made of answers where a cheaper model's was rejected before.</summary>
    internal IReadOnlyList<FittedAgreement> Agreements { get; init; } = [];

    /// <summary>The questions that speak of what is to be expected: those for certifying, or where there are none those for fitting.</summary>
    public IReadOnlyList<int> Shown => Questions.Certify.Count > 0 ? Questions.Certify : Questions.Fit;

    /// <summary>How many questions there are of each kind among those for certifying, or where there are none among those for fitting.</summary>
    public IReadOnlyDictionary<RequestKind, int> Kinds => (Labels.Certify ?? Labels.Fit).Table.Kinds;

    /// <summary>The most accurate model.</summary>
    public int Strongest => Questions.Strongest(Options.StageOne.Routing.Metric);

    /// <summary>Fits.</summary>
    /// <param name="labels">The labels.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="MissingCostException">The labels do not have the times that the options need.</exception>
    /// <exception cref="InfeasibleBudgetException">No routing keeps the budget.</exception>
    /// <exception cref="InfeasiblePlanException">No plan keeps budget and share.</exception>
    public static CascadeFit Of(
        CascadeLabels labels, CascadeFitOptions options, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(options);
        CheckCosts(labels.Fit.Table, options.StageOne);
        // Questions for certifying are held out already: they say better what the clusters know than folds of those that are fitted to.
        LabelFitOptions stageOneOptions = options.StageOne with
        {
            Keep = options.Guarantee?.Keep,
            MayRouteByQuery = false,
            NovelAlpha = labels.Certify is null ? options.StageOne.NovelAlpha : 0,
        };
        LabelFit stageOne = LabelFit.Of(
            labels.Fit.Table, labels.Fit.Texts, stageOneOptions, new Progress<double>(done => progress?.Report(0.5 * done)), cancellationToken);
        if (labels.Certify is { } certify)
        {
            Centroids centroids = stageOne.Clusters.Centroids;
            NoveltyBoundary? boundary = NoveltyFit.Of(options.StageOne.NovelAlpha, certify.Texts, centroids, options.StageOne.Seed);
            stageOne = stageOne with { Novelty = boundary, Repeated = NoveltyFit.NoticeOfRepeats(boundary, centroids, labels.Fit.Points, certify.Points) };
        }

        JudgedTable table = JudgedTable.Of(labels, stageOne.Clusters.Centroids, stageOneOptions);
        QueryProjection projection = QueryProjectionFit.Of(labels.Fit.Texts, options.QueryDimensions);
        JudgedMember?[] judged = Train(table, projection, options, cancellationToken);
        GateScores?[] scores = [.. judged.Select(j => j?.Fit.Scores)];
        IReadOnlyList<FittedAgreement> agreements = AgreementFit.Of(
            table, scores, stageOneOptions.Routing.Metric, table.Questions.Strongest(stageOneOptions.Routing.Metric), options.StageOne.Seed);
        for (int m = 0; m < scores.Length; m++)
            scores[m] = scores[m]?.With(agreements.Where(a => a.Member == m).ToDictionary(a => a.Earlier, a => a.Ends));
        progress?.Report(0.9);

        JointOptions joint = new()
        {
            Metric = stageOneOptions.Routing.Metric,
            Budget = stageOneOptions.Routing.Budget,
            Guarantee = options.Guarantee,
        };
        JointResult result = PlanFit.Fit(table.Questions, scores, joint with { Mode = options.Mode });
        if (FitPlainest(table.Questions, judged, joint) is { } plainest
            && plainest.CrossValidated?.Charge(joint.Metric) < PlainestPays * result.CrossValidated?.Charge(joint.Metric))
        {
            // The other members' judges stay, to be reported.
            HashSet<int> gated = [.. plainest.Plan.Actions.SelectMany(action => action.Path.SkipLast(1))];
            judged = [.. judged.Select((j, m) => gated.Contains(m) ? j! with { Fit = j.Plainest! } : j)];
            (scores, agreements, result) = ([.. judged.Select(j => j?.Fit.Scores)], [], plainest);
        }

        progress?.Report(0.95);
        Dictionary<JointMode, JointResult?> compared = Enum.GetValues<JointMode>().ToDictionary(
            mode => mode, mode => mode == options.Mode ? result : TryFit(table.Questions, scores, joint with { Mode = mode }));
        return new()
        {
            Labels = labels,
            Options = options,
            StageOne = stageOne,
            Table = table,
            Judged = judged,
            Scores = scores,
            Agreements = agreements,
            Projection = projection,
            Result = result,
            Compared = compared,
            Notices =
            [
                .. labels.Notices,
                .. stageOne.Notices.Where(notice => notice != stageOne.Unpriced),  // the joint fit has one of its own
                .. judged.OfType<JudgedMember>().SelectMany(j => j.Notices.Concat(j.Fit.Notices)),
                .. result.Notices,
            ],
        };
    }

    // Before the long work.
    private static void CheckCosts(QuestionTable table, LabelFitOptions options)
    {
        LabelCosts.Check(table, options);
        CostMetric metric = options.Routing.Metric;
        if (JudgedTable.HasPriced(table, options))
            return;
        string tokens = metric == CostMetric.Tpot ? ", with two tokens at least; answers of one token have an e2el or a cost (--metric)" : "";
        throw new MissingCostException(metric.Field(), $"no question for fitting has it of every model{tokens}");
    }

    private static JudgedMember?[] Train(JudgedTable table, QueryProjection projection, CascadeFitOptions options, CancellationToken cancellationToken)
    {
        JudgedQuestions questions = table.Questions;
        CostMetric metric = options.StageOne.Routing.Metric;
        int target = questions.Strongest(metric);
        JudgedMember?[] judged = new JudgedMember?[questions.Models.Count];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = MostTrainers, CancellationToken = cancellationToken };
        int[] cheaper = [.. Enumerable.Range(0, judged.Length)
            .Where(m => questions.Cost(m, metric, questions.Fit) < questions.Cost(target, metric, questions.Fit))];
        Parallel.ForEach(cheaper, parallel, member =>
        {
            (AnswerFeatures features, IReadOnlyList<string> notices) = new MemberAnswers(table, member, projection).Read(cancellationToken);
            HeadOptions heads = new() { Seed = options.StageOne.Seed };
            judged[member] = new(JudgeTrainer.Train(questions, features, member, target, heads), notices)
            {
                Plainest = MayBePlainest(options) ? JudgeTrainer.TrainPlainest(questions, features, member, heads) : null,
            };
        });
        return judged;
    }

    // Where nothing is promised and something may be lost.
    private static bool MayBePlainest(CascadeFitOptions options) => options is
    {
        Mode: JointMode.Joint, Guarantee: { Kind: GuaranteeKind.None, Keep: < 1 }, StageOne.Routing.Budget: null,
    };

    // One path and price for all clusters, by the plainest judges: from few labels no more can be learnt.
    private static JointResult? FitPlainest(JudgedQuestions questions, JudgedMember?[] judged, JointOptions options)
    {
        GateScores?[] scores = [.. judged.Select(j => j?.Plainest?.Scores)];
        return scores.Any(s => s is not null) ? JointFit.Fit(questions, scores, options with { IsUniform = true }) : null;
    }

    // What is only compared need not exist.
    private static JointResult? TryFit(JudgedQuestions questions, IReadOnlyList<GateScores?> scores, JointOptions options)
    {
        try
        {
            return PlanFit.Fit(questions, scores, options);
        }
        catch (InfeasiblePlanException)
        {
            return null;
        }
    }
}

/// <summary>A member whose answers are judged, or why they are not.</summary>
/// <param name="Fit">Its judge and how good it is.</param>
/// <param name="Notices">Sentences on what the labels lack.</param>
public sealed record JudgedMember(JudgeFit Fit, IReadOnlyList<string> Notices)
{
    /// <summary>The plainest judge of its answers; null where a plan by it may not be taken.</summary>
    internal JudgeFit? Plainest { get; init; }
}

/// <summary>Fits a plan, early verdicts under it, and the plan again with them.</summary>
internal static class PlanFit
{
    /// <exception cref="InfeasiblePlanException">No plan keeps what was asked for.</exception>
    public static JointResult Fit(JudgedQuestions questions, IReadOnlyList<GateScores?> scores, JointOptions options)
    {
        // One point: the certification questions have no say in the plan that the early verdicts are fitted under.
        JointResult first = JointFit.Fit(questions, scores, options with { Points = 1 });
        EarlyRule[] rules = [.. scores.Select((s, m) => s is null
            ? EarlyRule.None
            : EarlyRuleFit.Fit(questions, s, m, first.FittedPlan, options.Metric))];
        bool isSame = rules.All(rule => rule.Checkpoints.Count == 0) && (options.Budget is null || options.Points == 1);
        if (isSame)
            return first;
        JointResult early = JointFit.Fit(questions, scores, options, rules);
        // What was dropped early tells the next judge nothing; that can cost more than it saves.
        return options.Budget is null && first.Fitted.Charge(options.Metric) < early.Fitted.Charge(options.Metric) ? first : early;
    }
}
