using CascadeLocal.Routing.Judging.Signals;

namespace CascadeLocal.Routing.Judging.Heads;

/// <summary>What each group of features is worth: the head is trained again without it.</summary>
public static class HeadAblation
{
    /// <summary>For every group of the layout, how good a head is without it; null where none could be fitted.</summary>
    public static IReadOnlyList<(FeatureGroup Without, HeadReport? Report)> Run(HeadRows rows, HeadOptions options)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(options);
        return [.. rows.Layout.Groups.Distinct().Select(group => (
            group, HeadTrainer.Train(rows, options with { Without = options.Without.Append(group).ToHashSet() }).Report))];
    }
}
