using System.Globalization;

using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Joint;

/// <summary>The best plan on the questions for fitting, for a budget, a share to keep, or both.</summary>
internal sealed class PlanSearch
{
    // By one standard error a uniform plan may miss so much of the strongest model's accuracy, and no more than is to be given up.
    private const double MostMissed = 0.01;

    private readonly JointOptions _options;
    private readonly ActionTable _table;
    private readonly ActionChoice _direct;
    private readonly ActionSums[][] _directLists;
    private readonly Lazy<ActionSums[][]> _gated;
    private readonly double _mostLost;
    private ActionSums[][][]? _common;

    /// <param name="table">The actions.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="labels">The certification questions that the strongest model answers right.</param>
    public PlanSearch(ActionTable table, JointOptions options, int labels)
    {
        (_table, _options) = (table, options);
        _directLists = [.. Enumerable.Range(0, table.Clusters).Select(c => table.Direct(c).ToArray())];
        _direct = new(_directLists);
        // Most searches without a promise never look at thresholds for single clusters.
        _gated = new(() => [.. ParallelEnumerable.Range(0, table.Clusters).AsOrdered().Select(c => table.Gated(c).ToArray())]);
        // The certification questions will allow so many losses; fitted to more, all thresholds would have to move.
        _mostLost = options.Guarantee is not { } guarantee ? 1
            : labels == 0 ? guarantee.Allowed
            : (Math.Max(guarantee.MostLosses(labels), 0) + 0.5) / labels;
    }

    /// <summary>The least cost of any plan, in ms.</summary>
    public double LeastCost => _direct.LeastCost;

    private bool IsPromised => _options.Guarantee is { Kind: not GuaranteeKind.None };

    /// <summary>The best plan.</summary>
    /// <param name="kind">What it may be made of.</param>
    /// <param name="budget">The limit on the cost; null for none, as where the kind has no thresholds for single clusters.</param>
    /// <param name="keep">Where nothing is promised: the share of the strongest model's accuracy.</param>
    /// <exception cref="InfeasiblePlanException">There is none.</exception>
    public (ActionSums[] Actions, double Gap) Find(PlanKind kind, double? budget, double keep) => kind switch
    {
        PlanKind.Strongest => AllToTarget,
        PlanKind.Uniform => FindUniform(keep),
        PlanKind.Common => FindCommon(keep),
        _ => Find(budget, keep, kind == PlanKind.Gated),
    };

    private (ActionSums[] Actions, double Gap) Find(double? budget, double keep, bool gates)
    {
        ActionChoice choice = new(Lists(budget, gates));
        double limit = budget is { } && _options.Mode != JointMode.StageOneThenTwo ? budget.Value : double.PositiveInfinity;
        if (_options.Guarantee is null)
            return choice.Greatest(a => a.Accuracy, limit) ?? throw Infeasible(limit, choice.LeastCost, "");
        double least = Least(keep);
        if (double.IsPositiveInfinity(limit))
            return choice.Cheapest(Kept, least) ?? choice.Greatest(Kept, limit)!.Value;

        // The most accurate that keeps the share; where that loses too much, the one that loses least.
        (ActionSums[] Actions, double Gap) found = choice.Greatest(a => a.Accuracy, limit) ?? throw Infeasible(limit, choice.LeastCost, "");
        if (found.Actions.Sum(Kept) < least)
            found = choice.Greatest(Kept, limit)!.Value;
        if (found.Actions.Sum(Kept) >= least - 1e-9)
            return found;
        double cheapest = choice.Cheapest(Kept, least)?.Actions.Sum(a => a.Cost) ?? double.PositiveInfinity;
        throw Infeasible(limit, cheapest, string.Create(CultureInfo.InvariantCulture, $" and {_options.Guarantee.Keep:0.####} of the strongest model's accuracy"));
    }

    /// <summary>
    /// The cheapest path and price for all clusters that keeps the share, and with one standard error misses it by no more than
    /// <see cref="MostMissed"/>. So little is chosen that it mostly holds on other questions. Where there is none, the target answers all.
    /// </summary>
    private (ActionSums[] Actions, double Gap) FindUniform(double keep)
    {
        ActionSums[][] ways = [.. _table.Uniform().OrderBy(Cost)];
        double most = Math.Min(MostMissed, 1 - keep) * _table.StrongestAccuracy;
        ActionSums[]? found = Array.Find(ways, way => way.Sum(Kept) >= Least(keep) && _table.Margin(way, keep) is var margin && margin.Mean >= margin.StandardError - most);
        return found is null ? AllToTarget : (found, 0);
    }

    /// <summary>
    /// The cheapest plan that keeps what is asked for with one threshold for all clusters and gates. Gains are calibrated, so that
    /// the same gain is worth the same everywhere; what each cluster could choose for itself rests on few lost answers. Where there is none,
    /// the target answers all.
    /// </summary>
    private (ActionSums[] Actions, double Gap) FindCommon(double keep)
    {
        // Asked for several shares.
        _common ??= CommonLists();
        return _common.AsParallel().AsOrdered()
            .Select(lists => new ActionChoice(lists).Cheapest(Kept, Least(keep)))
            .ToArray()
            .Where(found => found is not null)
            .MinBy(found => Cost(found!.Value.Actions)) ?? AllToTarget;
    }

    // By threshold and cluster.
    private ActionSums[][][] CommonLists()
    {
        double[] thresholds = _table.CommonThresholds();
        ActionSums[][][] byCluster = [.. ParallelEnumerable.Range(0, _table.Clusters).AsOrdered().Select(c =>
        {
            ActionSums[] direct = [.. _directLists[c].Where(a => !IsPromised || a.Action.Start == _table.Target)];
            return thresholds.Select(threshold => (ActionSums[])[.. direct, .. _table.GatedAt(c, threshold)]).ToArray();
        })];
        return [.. thresholds.Select((_, t) => byCluster.Select(lists => lists[t]).ToArray())];
    }

    private (ActionSums[] Actions, double Gap) AllToTarget => ([.. _directLists.Select(list => list.First(a => a.Action.Start == _table.Target))], 0);

    private double Least(double keep) => IsPromised ? -_mostLost : keep * _table.StrongestAccuracy;

    private static double Cost(ActionSums[] actions) => actions.Sum(a => a.Cost);

    // What must not fall: the share that is not lost, or, where nothing is promised, the accuracy.
    private double Kept(ActionSums sums) => IsPromised ? -sums.Losses : sums.Accuracy;

    private ActionSums[][] Lists(double? budget, bool gates)
    {
        if (_options.Mode == JointMode.StageOne || !gates)
            return _directLists;
        int[] starts = [];
        if (_options.Mode == JointMode.StageOneThenTwo)
        {
            double limit = budget ?? double.PositiveInfinity;
            ActionSums[] stageOne = (_direct.Greatest(a => a.Accuracy, limit) ?? throw Infeasible(limit, LeastCost, "")).Actions;
            starts = [.. stageOne.Select(a => a.Action.Start)];
        }

        return [.. Enumerable.Range(0, _table.Clusters).Select(c => Allowed(c, starts.Length > 0 ? starts[c] : null))];
    }

    // A promise can only be kept where a shift can send every answer to the target.
    private ActionSums[] Allowed(int cluster, int? start) =>
    [
        .. _directLists[cluster].Where(a => a.Action.Start == _table.Target ? IsPromised || start is null || start == _table.Target
            : !IsPromised && (start is null || start == a.Action.Start)),
        .. _gated.Value[cluster].Where(a => start is null || start == a.Action.Start),
    ];

    private InfeasiblePlanException Infeasible(double limit, double cheapest, string also) => new(
        double.IsFinite(cheapest)
            ? string.Create(CultureInfo.InvariantCulture, $"no plan keeps the {_options.Metric.ToString().ToUpperInvariant()} budget of {limit:0.######}{_options.Metric.Unit()}{also}: the cheapest that does costs {Math.Ceiling(cheapest * 1e6) / 1e6:0.######}{_options.Metric.Unit()}")
            : string.Create(CultureInfo.InvariantCulture, $"no plan keeps the budget of {limit:0.######}{_options.Metric.Unit()}{also}, at any cost"),
        cheapest);
}
