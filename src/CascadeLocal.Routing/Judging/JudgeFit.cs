using CascadeLocal.Routing.Judging.Heads;
using CascadeLocal.Routing.Judging.Joint;

namespace CascadeLocal.Routing.Judging;

/// <summary>What training the judge of one model gave.</summary>
public sealed record JudgeFit
{
    /// <summary>The judge; null where the labels did not suffice.</summary>
    public required MemberJudge? Judge { get; init; }

    /// <summary>
    /// How it judges every question: those for fitting by heads and curves that did not see them, those for certifying by the
    /// judge itself. Null where there is no judge.
    /// </summary>
    public required GateScores? Scores { get; init; }

    /// <summary>
    /// For every question the chance that the whole answer is right, judged as for <see cref="Scores"/>. Empty where there is
    /// no judge.
    /// </summary>
    public required IReadOnlyList<double> OwnAtEnd { get; init; }

    /// <summary>How good the own head at the end is on answers it did not see, over all questions for fitting.</summary>
    public required HeadReport? Own { get; init; }

    /// <summary>The same of the target head.</summary>
    public required HeadReport? Target { get; init; }

    /// <summary>Sentences on what was not fitted.</summary>
    public required IReadOnlyList<string> Notices { get; init; }
}
