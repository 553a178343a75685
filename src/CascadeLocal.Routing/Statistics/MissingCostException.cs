namespace CascadeLocal.Routing.Statistics;

/// <summary>A cost that the request needs was not measured.</summary>
/// <param name="field">Where it would be in the statistics, such as <c>models.A.cluster_tpot_ms.3</c>.</param>
/// <param name="message">What is missing, for the user.</param>
public sealed class MissingCostException(string field, string message) : Exception(message)
{
    /// <summary>Where it would be in the statistics.</summary>
    public string Field { get; } = field;
}
