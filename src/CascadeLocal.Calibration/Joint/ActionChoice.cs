using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Joint;

/// <summary>Chooses one action for every cluster, over all combinations.</summary>
/// <param name="lists">The actions of each cluster; one at least.</param>
internal sealed class ActionChoice(ActionSums[][] lists)
{
    // Sums that should be equal may differ by this much.
    private const double Slack = 1e-9;

    /// <summary>The least cost of any combination.</summary>
    public double LeastCost => lists.Sum(list => list.Min(a => a.Cost));

    /// <summary>
    /// The combination with the greatest sum of values within a limit on the cost; of equal values the cheapest. Null if all
    /// cost more. The gap is by how much the greatest sum may be above it at most.
    /// </summary>
    public (ActionSums[] Actions, double Gap)? Greatest(Func<ActionSums, double> value, double limit) => Solve(
        lists.Select(list => list.Select((a, i) => new Option(i, a.Cost, value(a)))), limit * (1 + Slack));

    /// <summary>
    /// The cheapest combination whose sum of values is at least <paramref name="least"/>; null if there is none. The gap is by
    /// how much the cheapest may be below it at most, in ms.
    /// </summary>
    public (ActionSums[] Actions, double Gap)? Cheapest(Func<ActionSums, double> value, double least)
    {
        // The same problem with the parts exchanged: what is missed of the greatest value is the cost, what is saved of the
        // greatest cost is the gain, in units of all that can be saved.
        double most = lists.Sum(list => list.Max(value));
        double range = Math.Max(lists.Sum(list => list.Max(a => a.Cost) - list.Min(a => a.Cost)), double.Epsilon);
        var exchanged = lists.Select(list =>
        {
            double greatest = list.Max(value);
            double dearest = list.Max(a => a.Cost);
            return list.Select((a, i) => new Option(i, greatest - value(a), (dearest - a.Cost) / range));
        });
        return Solve(exchanged, most - least + Slack) is { } found ? found with { Gap = found.Gap * range } : null;
    }

    private (ActionSums[] Actions, double Gap)? Solve(IEnumerable<IEnumerable<Option>> options, double limit) =>
        new Knapsack([.. options.Select(Option.Undominated)]).Solve(limit) is { } found
            ? ([.. found.Choices.Select((choice, c) => lists[c][choice])], found.Gap)
            : null;
}
