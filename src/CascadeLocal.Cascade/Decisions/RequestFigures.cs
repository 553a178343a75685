using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Cascade.Decisions;

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
        Math.Max(0, result.OutputTokens - 1));
}
