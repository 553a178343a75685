using CascadeLocal.Contracts;

namespace CascadeLocal.Routing.Judging;

/// <summary>What a request of several passes is charged: discarded passes cost their time, their tokens do not count.</summary>
public static class RequestAccounting
{
    /// <summary>E2EL in ms: all passes in full.</summary>
    public static double Latency(IReadOnlyList<AnswerPass> passes) => passes.Sum(p => p.Latency);

    /// <summary>The cost of all passes, rejected ones included; NaN where that of one is not known.</summary>
    public static double Cost(IReadOnlyList<AnswerPass> passes) => passes.Sum(p => p.Cost);

    /// <summary>
    /// TPOT in ms: the time that all passes spent between tokens, over the gaps of the delivered one; null where that has none.
    /// </summary>
    public static double? TimePerOutputToken(IReadOnlyList<AnswerPass> passes)
    {
        double delivered = passes[^1].Gaps;
        // With one pass the gaps cancel out, and no length is needed.
        if (passes.Count == 1)
            return delivered > 0 ? passes[0].TimePerOutputToken : null;
        return delivered > 0 ? passes.Sum(p => p.TimePerOutputToken * p.Gaps) / delivered : null;
    }
}

/// <summary>What one pass of a request took, or of the mean request of a group; the last pass is the one delivered.</summary>
/// <param name="TimePerOutputToken">TPOT of the pass, in ms.</param>
/// <param name="Latency">E2EL of the pass, in ms.</param>
/// <param name="Gaps">The times between tokens that TPOT is a mean of: tokens - 1, or the mean length where that is all there is.</param>
public readonly record struct AnswerPass(double TimePerOutputToken, double Latency, double Gaps)
{
    /// <summary>What it cost, in money or whatever else is counted; NaN where that is not known.</summary>
    public double Cost { get; init; } = double.NaN;
}

/// <summary>What an answered request took, in ms, by the accounting that reports use.</summary>
/// <param name="TimeToFirstToken">
/// TTFT: the discarded passes in full, then the delivered one's first token, then what the verdict kept it back.
/// </param>
/// <param name="TimePerOutputToken">TPOT: the decode time of all passes over the delivered tokens; null below two of them.</param>
/// <param name="Latency">E2EL: all passes in full.</param>
public readonly record struct RequestFigures(double TimeToFirstToken, double? TimePerOutputToken, double Latency)
{
    /// <summary>What all passes cost by the members' prices; null where one has none.</summary>
    public double? Cost { get; init; }

    /// <summary>The figures of a request, or null where no answer was delivered.</summary>
    public static RequestFigures? Of(CascadeOutcome outcome)
    {
        if (outcome.Delivered is not { } delivered)
            return null;
        AnswerPass[] passes = [.. outcome.Passes.Select(p => ToAnswerPass(p.Result) with { Cost = p.Cost ?? double.NaN })];
        double latency = RequestAccounting.Latency(passes);
        return new(
            latency - (delivered.EndToEnd - delivered.TimeToFirstToken - outcome.HeldFor).TotalMilliseconds,
            RequestAccounting.TimePerOutputToken(passes),
            latency)
        {
            Cost = double.IsFinite(RequestAccounting.Cost(passes)) ? RequestAccounting.Cost(passes) : null,
        };
    }

    private static AnswerPass ToAnswerPass(GenerationResult result) => new(
        result.TimePerOutputToken?.TotalMilliseconds ?? 0,
        result.EndToEnd.TotalMilliseconds,
        result.Gaps);
}
