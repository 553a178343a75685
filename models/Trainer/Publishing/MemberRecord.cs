using CascadeLocal.Trainer.Evaluation;

namespace CascadeLocal.Trainer.Publishing;

/// <summary>How a member came to be and what it can do; kept beside it as JSON.</summary>
internal sealed record MemberRecord
{
    /// <summary>The member.</summary>
    public required string Member { get; init; }

    /// <summary>Its number of weights.</summary>
    public required int Parameters { get; init; }

    /// <summary>Its embedding length.</summary>
    public required int Width { get; init; }

    /// <summary>Its number of blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>The width inside its feed-forward part.</summary>
    public required int FeedForward { get; init; }

    /// <summary>The quantised file's size.</summary>
    public required long FileBytes { get; init; }

    /// <summary>The seed of weights and data.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The commit its training was begun at.</summary>
    public required string Commit { get; init; }

    /// <summary>The file whose weights it began with and what its SHA-256 begins with, or null.</summary>
    public required string? StartedFrom { get; init; }

    /// <summary>How far its weights went from that file to what training made of them (<c>blend</c>); null for the whole way.</summary>
    public float? Blend { get; init; }

    /// <summary>Muon's learning rate at its peak; null in records from before it was kept.</summary>
    public double? PeakRate { get; init; }

    /// <summary>Time spent in training steps.</summary>
    public required double Minutes { get; init; }

    /// <summary>Training steps.</summary>
    public required long Steps { get; init; }

    /// <summary>Tokens seen, padding not counted.</summary>
    public required long Tokens { get; init; }

    /// <summary>
    /// The share of the questions that it answers right and no smaller member of the tier does; null until the tier was
    /// measured as a whole.
    /// </summary>
    public double? AloneRight { get; init; }

    /// <summary>Held-out exact match of the quantised file on test A, greedy, through llama.cpp.</summary>
    public required IReadOnlyList<LevelScore> Scores { get; init; }

    /// <summary>What it made of the other tests; empty until the tier was measured as a whole.</summary>
    public IReadOnlyList<TestScores> Tests { get; init; } = [];
}
