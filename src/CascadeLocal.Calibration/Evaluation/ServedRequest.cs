using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>
/// What a policy made of a request; for one that draws lots, what is to be expected. Times are in ms, NaN where they are not
/// known or not defined.
/// </summary>
internal readonly record struct ServedRequest
{
    /// <summary>The delivered answer; null where lots are drawn, or a server answered.</summary>
    public RecordedAnswer? Delivered { get; init; }

    /// <summary>How right the delivered answer is.</summary>
    public required double Correct { get; init; }

    /// <summary>The answers that lots are drawn between: how right each is, and its chance; null where none are drawn.</summary>
    public IReadOnlyList<(double Correct, double Chance)>? Lots { get; init; }

    /// <summary>The charged TPOT.</summary>
    public required double TimePerOutputToken { get; init; }

    /// <summary>The time charged, between the tokens of all passes.</summary>
    public required double ChargedTime { get; init; }

    /// <summary>The gaps between the tokens of the delivered answer.</summary>
    public required double Gaps { get; init; }

    /// <summary>E2EL.</summary>
    public required double Latency { get; init; }

    /// <summary>What all passes cost, in the unit of the labels.</summary>
    public required double Cost { get; init; }

    /// <summary>When the stream could open.</summary>
    public required double FirstToken { get; init; }

    /// <summary>The chance that an answer was dropped.</summary>
    public required double Escalated { get; init; }

    /// <summary>Its cost under a metric.</summary>
    public double Under(CostMetric metric) => metric switch
    {
        CostMetric.Tpot => TimePerOutputToken,
        CostMetric.E2el => Latency,
        _ => Cost,
    };

    /// <summary>The chance that something holds of how right the delivered answer is.</summary>
    public double ChanceThat(Func<double, bool> holds) => Lots is null
        ? holds(Correct) ? 1 : 0
        : Lots.Sum(lot => holds(lot.Correct) ? lot.Chance : 0);

    /// <summary>A member answers, unjudged.</summary>
    public static ServedRequest By(RecordedAnswer answer) => Of([answer.Pass], answer, answer.TimeToFirstToken);

    /// <summary>Several passes, of which the last one is delivered.</summary>
    /// <param name="passes">What each took.</param>
    /// <param name="delivered">The delivered answer.</param>
    /// <param name="firstToken">When the stream could open, from the beginning of the last pass.</param>
    public static ServedRequest Of(IReadOnlyList<AnswerPass> passes, RecordedAnswer delivered, double firstToken) => new()
    {
        Delivered = delivered,
        Correct = delivered.Correct,
        TimePerOutputToken = RequestAccounting.TimePerOutputToken(passes) ?? double.NaN,
        ChargedTime = passes.Sum(pass => pass.TimePerOutputToken * pass.Gaps),
        Gaps = passes[^1].Gaps,
        Latency = RequestAccounting.Latency(passes),
        Cost = RequestAccounting.Cost(passes),
        FirstToken = RequestAccounting.Latency([.. passes.SkipLast(1)]) + firstToken,
        Escalated = passes.Count > 1 ? 1 : 0,
    };

    /// <summary>One of two outcomes.</summary>
    /// <param name="one">The one.</param>
    /// <param name="other">The other.</param>
    /// <param name="share">The chance of the other.</param>
    public static ServedRequest Mix(in ServedRequest one, in ServedRequest other, double share)
    {
        if (share <= 0)
            return one;
        if (share >= 1)
            return other;
        double Mean(double a, double b) => (1 - share) * a + share * b;
        return new()
        {
            Correct = Mean(one.Correct, other.Correct),
            Lots = [(one.Correct, 1 - share), (other.Correct, share)],
            TimePerOutputToken = Mean(one.TimePerOutputToken, other.TimePerOutputToken),
            ChargedTime = Mean(one.ChargedTime, other.ChargedTime),
            Gaps = Mean(one.Gaps, other.Gaps),
            Latency = Mean(one.Latency, other.Latency),
            Cost = Mean(one.Cost, other.Cost),
            FirstToken = Mean(one.FirstToken, other.FirstToken),
            Escalated = Mean(one.Escalated, other.Escalated),
        };
    }
}
