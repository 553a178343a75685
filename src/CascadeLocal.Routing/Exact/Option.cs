namespace CascadeLocal.Routing.Exact;

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
