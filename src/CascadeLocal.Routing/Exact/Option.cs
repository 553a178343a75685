namespace CascadeLocal.Routing.Exact;

/// <summary>A model for one cluster, with its share of the plan's cost and accuracy.</summary>
internal readonly record struct Option(int Model, double Cost, double Accuracy);
