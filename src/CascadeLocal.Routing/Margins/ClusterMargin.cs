namespace CascadeLocal.Routing.Margins;

/// <summary>By how much the model of a cluster leads over the next one, and whether the queries suffice to say so.</summary>
/// <param name="Cluster">The index of the cluster.</param>
/// <param name="Winner">The index of its model.</param>
/// <param name="RunnerUp">The index of the other model with the least score, or null in a pool of one.</param>
/// <param name="Lead">The runner-up's score less the winner's; below 0 where the tolerance chose the winner.</param>
/// <param name="Bounds">The interval of the lead, at 95 % over all rivals by Holm's steps.</param>
/// <param name="Holds">Whether the lead over every rival is real at 95 % in all; a lead that is not rests on noise.</param>
public sealed record ClusterMargin(int Cluster, int Winner, int? RunnerUp, double? Lead, Interval? Bounds, bool Holds);
