namespace CascadeLocal.Routing.Statistics;

/// <summary>What the routing score and the pruning price.</summary>
public enum CostBasis
{
    /// <summary>A model has one cost, its pool figure.</summary>
    Model,

    /// <summary>A model has a cost of its own in every cluster.</summary>
    Cluster,
}
