namespace CascadeLocal.Calibration.Evaluation.Live;

/// <summary>How a running server is measured.</summary>
public sealed record LiveOptions
{
    /// <summary>The model that routes and escalates.</summary>
    public const string Routed = "cascade";

    /// <summary>What is asked for as <c>model</c>, each in its turn: <c>cascade</c> and members.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Requests in flight at once.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>How often every model is asked every question; models take turns, in another order in every run.</summary>
    public int Runs { get; init; } = 5;

    /// <summary>Decides the order of models and questions.</summary>
    public ulong Seed { get; init; }
}
