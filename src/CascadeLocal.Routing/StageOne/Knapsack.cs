namespace CascadeLocal.Routing.StageOne;

/// <summary>
/// The multiple-choice knapsack: one option of every cluster, the most accurate within a limit on the cost. Clusters are
/// merged one by one; of the partial plans only the undominated sums of (cost, accuracy) are kept, and of these only what can
/// still reach the best.
/// </summary>
/// <param name="options">The undominated options of each cluster, by growing cost.</param>
internal sealed class Knapsack(Option[][] options)
{
    // Beyond this many sums, those of one accuracy step are merged into their cheapest.
    private const int MostSums = 200_000;
    private const double AccuracyStep = 1e-5;

    /// <summary>The cost of the cheapest plan there is.</summary>
    public double LeastCost => options.Sum(o => o[0].Cost);

    /// <summary>Accuracy per unit of cost, at a limit on the cost, along the linear relaxation.</summary>
    public double ShadowPrice(double limit) => new RemainderBound(options).PriceAt(limit);

    /// <summary>
    /// The best choices that cost no more than <paramref name="limit"/>, and by how much the optimum may be more accurate at
    /// most; null if all cost more. The gap is 0, unless there were too many sums to keep.
    /// </summary>
    public (int[] Choices, double Gap)? Solve(double limit)
    {
        if (new RemainderBound(options).Within(limit) is not { } relaxed)
            return null;
        double gap = 0;
        double reached = double.NegativeInfinity;
        List<PartialPlan[]> merged = [[new(0, 0, -1, -1)]];
        for (int c = 0; c < options.Length; c++)
        {
            RemainderBound remainder = new(options[(c + 1)..]);
            List<(PartialPlan Plan, double Most)> candidates = [];
            foreach (PartialPlan plan in Extend(merged[^1], options[c]))
            {
                if (remainder.Within(limit - plan.Cost) is not { } rest)
                    continue;
                reached = Math.Max(reached, plan.Accuracy + rest.Reachable);
                candidates.Add((plan, plan.Accuracy + rest.Most));
            }

            double needed = reached - gap - RoutingPlan.Rounding;
            PartialPlan[] kept = [.. Undominated(candidates.Where(p => p.Most >= needed).Select(p => p.Plan))];
            if (kept.Length > MostSums)
            {
                kept = [.. kept.DistinctBy(p => Math.Floor(p.Accuracy / AccuracyStep))];
                gap += AccuracyStep;
            }

            // Only a limit within the rounding of the cheapest sum leaves nothing here.
            if (kept.Length == 0)
                return null;
            merged.Add(kept);
        }

        double best = merged[^1][^1].Accuracy;
        return (Trace(merged), gap == 0 ? 0 : Math.Clamp(relaxed.Most - best, 0, gap));
    }

    private static IEnumerable<PartialPlan> Extend(PartialPlan[] plans, Option[] cluster)
    {
        for (int i = 0; i < plans.Length; i++)
        {
            foreach (Option option in cluster)
                yield return new(plans[i].Cost + option.Cost, plans[i].Accuracy + option.Accuracy, i, option.Choice);
        }
    }

    private static IEnumerable<PartialPlan> Undominated(IEnumerable<PartialPlan> plans)
    {
        double best = double.NegativeInfinity;
        foreach (PartialPlan plan in plans.OrderBy(p => p.Cost).ThenByDescending(p => p.Accuracy))
        {
            if (plan.Accuracy <= best + RoutingPlan.Rounding)
                continue;
            best = plan.Accuracy;
            yield return plan;
        }
    }

    // The last partial plan is the most accurate one.
    private static int[] Trace(List<PartialPlan[]> merged)
    {
        int[] choices = new int[merged.Count - 1];
        int index = merged[^1].Length - 1;
        for (int c = choices.Length - 1; c >= 0; c--)
        {
            PartialPlan plan = merged[c + 1][index];
            choices[c] = plan.Choice;
            index = plan.Parent;
        }

        return choices;
    }
}

/// <summary>What can be done with one cluster, with its share of the plan's cost and accuracy.</summary>
/// <param name="Choice">The caller's index of it: a model, or an action.</param>
/// <param name="Cost">What it adds to the cost.</param>
/// <param name="Accuracy">What it adds to the accuracy, or to whatever else is to be as great as possible.</param>
internal readonly record struct Option(int Choice, double Cost, double Accuracy)
{
    /// <summary>The undominated options by growing cost; of equal ones the first.</summary>
    public static Option[] Undominated(IEnumerable<Option> options)
    {
        List<Option> kept = [];
        foreach (Option option in options.OrderBy(o => o.Cost).ThenByDescending(o => o.Accuracy))
        {
            if (kept.Count == 0 || option.Accuracy > kept[^1].Accuracy)
                kept.Add(option);
        }

        return [.. kept];
    }
}

/// <summary>Choices for the first clusters: one of the partial plans of one cluster less, and an option.</summary>
/// <param name="Cost">The sum of the costs.</param>
/// <param name="Accuracy">The sum of the accuracies.</param>
/// <param name="Parent">The index of the partial plan it adds to.</param>
/// <param name="Choice">The choice it adds.</param>
internal readonly record struct PartialPlan(double Cost, double Accuracy, int Parent, int Choice);
