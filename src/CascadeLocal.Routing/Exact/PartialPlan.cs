namespace CascadeLocal.Routing.Exact;

/// <summary>Choices for the first clusters: one of the partial plans of one cluster less, and an option.</summary>
/// <param name="Cost">The sum of the costs.</param>
/// <param name="Accuracy">The sum of the accuracies.</param>
/// <param name="Parent">The index of the partial plan it adds to.</param>
/// <param name="Choice">The choice it adds.</param>
internal readonly record struct PartialPlan(double Cost, double Accuracy, int Parent, int Choice);
