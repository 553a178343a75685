using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Joint;

/// <summary>The actions that every cluster can choose from, with what each gives on the questions for fitting.</summary>
internal sealed class ActionTable
{
    // Thresholds of one gate, and of each of two or three on a path; longer paths are not tried.
    private static readonly int[] ThresholdsPerGate = [int.MaxValue, 20, 8];

    // By so much a threshold is beyond all levels.
    private const double Least = 1e-6;

    private readonly PlanReplay _replay;
    private readonly JointOptions _options;
    private readonly PathColumns[] _columns;
    private readonly double[] _costs;
    private readonly double _priced;
    private readonly double _strongestRight;
    private readonly IReadOnlyList<int> _among;
    private readonly int _strongest;

    /// <param name="replay">The questions, and how they are judged.</param>
    /// <param name="judged">Per model, whether its answers can be judged.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="target">The model that is escalated to.</param>
    /// <param name="strongest">The model that losses are counted against.</param>
    /// <param name="among">The questions that are fitted to.</param>
    public ActionTable(
        PlanReplay replay, IReadOnlyList<bool> judged, JointOptions options, int target, int strongest, IReadOnlyList<int> among)
    {
        (_replay, _options, Target, Judged, _among, _strongest) = (replay, options, target, judged, among, strongest);
        JudgedQuestions table = replay.Questions;
        ILookup<int, int> rows = among.ToLookup(q => table.Questions[q].Cluster);
        _columns = [.. Enumerable.Range(0, table.Clusters).Select(c => new PathColumns(replay, [.. rows[c]], options.Metric, strongest))];
        _costs = [.. Enumerable.Range(0, table.Models.Count).Select(m => table.Cost(m, options.Metric, among))];
        _priced = among.Count(q => table.Questions[q].IsPriced(options.Metric));
        _strongestRight = among.Count(q => table.Questions[q].CanBeLost(strongest));
        StrongestAccuracy = table.Accuracy(strongest, among);
    }

    /// <summary>How many clusters there are.</summary>
    public int Clusters => _columns.Length;

    /// <summary>The accuracy of the strongest model on the questions that are fitted to.</summary>
    public double StrongestAccuracy { get; }

    /// <summary>The model that is escalated to.</summary>
    public int Target { get; }

    /// <summary>Per model, whether its answers can be judged.</summary>
    public IReadOnlyList<bool> Judged { get; }

    /// <summary>One model for the whole cluster, each model once.</summary>
    public IEnumerable<ActionSums> Direct(int cluster) =>
        Enumerable.Range(0, _costs.Length).Select(m => Of(cluster, CascadeAction.Direct(m)));

    /// <summary>All ways to judge answers in a cluster, from any model that costs less than the target; none with too few rows.</summary>
    public IEnumerable<ActionSums> Gated(int cluster) => _columns[cluster].Count < _options.LeastRows
        ? []
        : Paths([Target]).SelectMany(path => Actions(cluster, path)).Select(action => Of(cluster, action));

    /// <summary>Thresholds to try for all clusters alike, from the levels of all judged answers.</summary>
    public double[] CommonThresholds()
    {
        int[] judged = [.. Enumerable.Range(0, Judged.Count).Where(m => Judged[m] && m != Target)];
        IEnumerable<(int Model, int? Earlier)> alone = judged.Select(m => (m, (int?)null));
        IEnumerable<(int Model, int? Earlier)> beside = judged.SelectMany(m => judged.Where(e => _replay.Compares(m, e)).Select(e => (m, (int?)e)));
        return Grid(
            [.. alone.Concat(beside).SelectMany(pair => _columns.SelectMany(columns => columns.Levels(pair.Model, pair.Earlier)))],
            _options.Thresholds);
    }

    /// <summary>All ways to judge answers in a cluster with one threshold at every gate; none with too few rows.</summary>
    public IEnumerable<ActionSums> GatedAt(int cluster, double threshold) => _columns[cluster].Count < _options.LeastRows
        ? []
        : Paths([Target]).Select(path => Of(cluster, new(path, [.. path[..^1].Select(_ => threshold)])));

    /// <summary>
    /// All ways to judge answers in every cluster alike: a path, and a price, by which an answer is dropped where the gain is worth more than
    /// that price times what asking the next model costs, as a share of the target's cost. Of each way what it gives in each cluster.
    /// </summary>
    public IEnumerable<ActionSums[]> Uniform() => Paths([Target]).SelectMany(path =>
    {
        double[] costs = [.. path.Skip(1).Select(next => _costs[next] / _costs[Target])];
        double[] prices = Grid(
            [.. costs.SelectMany((cost, gate) => _columns.SelectMany(columns => columns.Levels(path[gate], gate > 0 ? path[gate - 1] : null)).Select(level => level / cost))],
            _options.Thresholds);
        return prices.Select(price => new CascadeAction(path, [.. costs.Select(cost => price * cost)]));
    }).Select(action => (ActionSums[])[.. Enumerable.Range(0, Clusters).Select(c => Of(c, action))]);

    /// <summary>
    /// What a plan has right on the questions that are fitted to, less a share of what the strongest model has right. Its error is never
    /// less than that of one question: that none of a few was lost does not say that none is.
    /// </summary>
    public UnitMean Margin(ActionSums[] actions, double share)
    {
        JudgedQuestions table = _replay.Questions;
        UnitMean margin = UnitMean.Of(_among.Select(q => table.Questions[q]).Zip(_among, (question, q) => (
            question.Unit,
            question.Answers[_replay.Deliver(q, actions[question.Cluster].Action).Model].Correct - share * question.Answers[_strongest].Correct)));
        return margin with { StandardError = Math.Max(margin.StandardError, 1.0 / Math.Max(_among.Count, 1)) };
    }

    // Paths of growing cost that end with the given one.
    private IEnumerable<int[]> Paths(int[] end)
    {
        if (end.Length > ThresholdsPerGate.Length)
            yield break;
        foreach (int model in Enumerable.Range(0, _costs.Length).Where(m => Judged[m] && _costs[m] < _costs[end[0]]))
        {
            int[] path = [model, .. end];
            yield return path;
            foreach (int[] longer in Paths(path))
                yield return longer;
        }
    }

    private IEnumerable<CascadeAction> Actions(int cluster, int[] path)
    {
        int gates = path.Length - 1;
        int most = Math.Min(_options.Thresholds, ThresholdsPerGate[gates - 1]);
        IEnumerable<double[]> thresholds = [[]];
        for (int gate = 0; gate < gates; gate++)
        {
            int model = path[gate];
            int? earlier = gate > 0 ? path[gate - 1] : null;
            double[] levels = _columns[cluster].Levels(model, earlier);
            double[] grid = Grid(levels, most);
            // An answer that is never delivered may still pay by what it tells of the next.
            if (gate + 1 < gates && grid.Length > 0 && _replay.Compares(path[gate + 1], model))
                grid = [levels.Min() - Least, .. grid];
            thresholds = thresholds.SelectMany(_ => grid, (before, next) => (double[])[.. before, next]).ToArray();
        }

        return thresholds.Select(t => new CascadeAction(path, t));
    }

    /// <summary>
    /// Thresholds between neighbouring levels, at evenly spaced ranks, and one above all levels: that accepts all, but a shift
    /// can still move it.
    /// </summary>
    internal static double[] Grid(double[] levels, int most)
    {
        double[] sorted = [.. levels.Where(double.IsFinite).Distinct().Order()];
        if (sorted.Length == 0)
            return [];
        double[] middles = [.. sorted.Zip(sorted.Skip(1), (a, b) => a + (b - a) / 2), sorted[^1] + Least];
        return middles.Length <= most
            ? middles
            : [.. Enumerable.Range(1, most).Select(i => middles[(int)((long)i * middles.Length / most) - 1])];
    }

    /// <summary>What an action gives in a cluster.</summary>
    public ActionSums Of(int cluster, CascadeAction action)
    {
        (double right, double cost, int losses) = _columns[cluster].Sums(action.Path, action.Thresholds);
        return new(
            action,
            right / Math.Max(_among.Count, 1),
            cost / Math.Max(_priced, 1),
            losses / Math.Max(_strongestRight, 1));
    }
}

/// <summary>An action of one cluster with its shares of what the whole plan gives on the questions for fitting.</summary>
/// <param name="Action">What is done.</param>
/// <param name="Accuracy">Its part of the mean correctness.</param>
/// <param name="Cost">Its part of the mean cost of priced questions, in ms.</param>
/// <param name="Losses">Its part of the share of the strongest model's right answers that is lost.</param>
internal readonly record struct ActionSums(CascadeAction Action, double Accuracy, double Cost, double Losses);
