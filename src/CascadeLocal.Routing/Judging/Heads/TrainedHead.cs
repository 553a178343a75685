namespace CascadeLocal.Routing.Judging.Heads;

/// <summary>What training gave: a head, or the reason why there is none.</summary>
public sealed record TrainedHead
{
    /// <summary>The head, trained on all rows; null where the labels did not suffice.</summary>
    public required Head? Head { get; init; }

    /// <summary>
    /// For each row the calibrated probability by head and curve that saw no row of its question; the mean label where there
    /// is no head.
    /// </summary>
    public required IReadOnlyList<double> OutOfFold { get; init; }

    /// <summary>For each row the score by a head that saw no row of its question; empty where there is no head.</summary>
    public required IReadOnlyList<double> OutOfFoldScores { get; init; }

    /// <summary>How good the out-of-fold scores are; null where there is no head.</summary>
    public required HeadReport? Report { get; init; }

    /// <summary>Steps of training taken.</summary>
    public int Steps { get; init; }

    /// <summary>A sentence on what was not fitted, or null.</summary>
    public string? Notice { get; init; }
}
