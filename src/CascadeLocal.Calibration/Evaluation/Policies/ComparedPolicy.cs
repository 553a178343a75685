namespace CascadeLocal.Calibration.Evaluation.Policies;

/// <summary>A way to answer, and what it made of every request.</summary>
/// <param name="Name">Its name: a member's, or what it is.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Served">One per request.</param>
internal sealed record ComparedPolicy(string Name, PolicyKind Kind, IReadOnlyList<ServedRequest> Served)
{
    /// <summary>The verdicts it took; empty where nothing is judged.</summary>
    public IReadOnlyList<ReplayedVerdict> Verdicts { get; init; } = [];
}
