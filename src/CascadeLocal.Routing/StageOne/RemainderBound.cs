namespace CascadeLocal.Routing.StageOne;

/// <summary>
/// Bounds the accuracy that some clusters can add under a limit on their cost. The bound is the linear relaxation: from the
/// cheapest option of each cluster, steps along the concave hulls in the order of their gain per cost.
/// </summary>
internal sealed class RemainderBound
{
    private readonly double _leastCost;
    private readonly double _leastAccuracy;
    private readonly double[] _costs;
    private readonly double[] _gains;
    private readonly int _steps;

    /// <param name="clusters">The undominated options of each cluster, by growing cost.</param>
    public RemainderBound(IReadOnlyCollection<Option[]> clusters)
    {
        _leastCost = clusters.Sum(options => options[0].Cost);
        _leastAccuracy = clusters.Sum(options => options[0].Accuracy);
        (double Cost, double Gain)[] steps = [.. clusters.SelectMany(HullSteps).OrderByDescending(s => s.Gain / s.Cost)];
        _steps = steps.Length;
        _costs = new double[_steps + 1];
        _gains = new double[_steps + 1];
        for (int i = 0; i < _steps; i++)
        {
            _costs[i + 1] = _costs[i] + steps[i].Cost;
            _gains[i + 1] = _gains[i] + steps[i].Gain;
        }
    }

    /// <summary>An accuracy that can be reached and one that cannot be passed; null if even the cheapest options cost more.</summary>
    public (double Reachable, double Most)? Within(double limit)
    {
        double rest = limit - _leastCost;
        if (rest < 0)
            return null;
        int found = Array.BinarySearch(_costs, rest);
        int whole = found >= 0 ? found : ~found - 1;
        double reachable = _leastAccuracy + _gains[whole];
        if (whole == _steps)
            return (reachable, reachable);
        double share = (rest - _costs[whole]) / (_costs[whole + 1] - _costs[whole]);
        return (reachable, reachable + share * (_gains[whole + 1] - _gains[whole]));
    }

    /// <summary>The gain per cost of the step that a limit, from the least cost up, falls into; 0 beyond the last.</summary>
    public double PriceAt(double limit)
    {
        int found = Array.BinarySearch(_costs, limit - _leastCost);
        int whole = found >= 0 ? found : ~found - 1;
        return whole < _steps ? (_gains[whole + 1] - _gains[whole]) / (_costs[whole + 1] - _costs[whole]) : 0;
    }

    private static IEnumerable<(double Cost, double Gain)> HullSteps(Option[] options)
    {
        List<Option> hull = [];
        foreach (Option option in options)
        {
            while (hull.Count >= 2 && Slope(hull[^1], option) >= Slope(hull[^2], hull[^1]))
                hull.RemoveAt(hull.Count - 1);
            hull.Add(option);
        }

        return hull.Zip(hull.Skip(1), (from, to) => (to.Cost - from.Cost, to.Accuracy - from.Accuracy));
    }

    private static double Slope(Option from, Option to) => (to.Accuracy - from.Accuracy) / (to.Cost - from.Cost);
}
