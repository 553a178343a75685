using CascadeLocal.Calibration.Statistics;

namespace CascadeLocal.Calibration.DecisionLogs;

/// <summary>
/// What the cascade saves and risks on requests that both it and the strongest member answered, one of them for nobody to see.
/// Costs are compared over the requests for which both are known.
/// </summary>
public sealed record ShadowReport
{
    /// <summary>How many delivered requests both answered.</summary>
    public required int N { get; init; }

    /// <summary>How many of them have the TPOT of both.</summary>
    public required int Priced { get; init; }

    /// <summary>The share for which the cascade would have dropped an answer.</summary>
    public required double EscalationRate { get; init; }

    /// <summary>Mean TPOT of the strongest member, in ms.</summary>
    public required double? TpotMs { get; init; }

    /// <summary>Mean TPOT that the cascade would have been charged, in ms.</summary>
    public required double? CascadeTpotMs { get; init; }

    /// <summary>The second over the first.</summary>
    public required double? TpotRatio { get; init; }

    /// <summary>The same, weighted by tokens.</summary>
    public required double? TpotTokenWeightedRatio { get; init; }

    /// <summary>Mean E2EL of the strongest member, in ms.</summary>
    public required double? E2elMs { get; init; }

    /// <summary>Mean E2EL of the cascade, in ms.</summary>
    public required double? CascadeE2elMs { get; init; }

    /// <summary>The second over the first.</summary>
    public required double? E2elRatio { get; init; }

    /// <summary>For how many it is known whether both answers say the same.</summary>
    public required int Compared { get; init; }

    /// <summary>The share of those where they do not: what the cascade can have got wrong, or right, at most. Null without any.</summary>
    public required double? DisagreementRate { get; init; }

    /// <summary>Its 95 % interval (Wilson).</summary>
    public required IReadOnlyList<double>? DisagreementCi95 { get; init; }

    /// <summary>How many delivered answers of the strongest member were called right, where it is known whether the cascade says the same.</summary>
    public required int CalledRight { get; init; }

    /// <summary>The share of those that the cascade would have answered otherwise: at most so many right answers are lost.</summary>
    public required double? LostAtMost { get; init; }

    /// <summary>Its 95 % interval (Wilson).</summary>
    public required IReadOnlyList<double>? LostAtMostCi95 { get; init; }

    internal static ShadowReport? Of(IReadOnlyList<LoggedRequest> requests, IReadOnlyDictionary<string, double> feedback)
    {
        LoggedComparison[] all = [.. requests.Select(request => request.Comparison).OfType<LoggedComparison>()];
        if (all.Length == 0)
            return null;
        LoggedComparison[] priced =
            [.. all.Where(pair => pair is { Strongest: { TpotMs: not null, Gaps: not null }, Cascade: { TpotMs: not null, Gaps: not null } })];
        LoggedComparison[] timed = [.. all.Where(pair => pair is { Strongest.E2elMs: not null, Cascade.E2elMs: not null })];
        CostMeans served = CostMeans.Of(priced.Select(pair => pair.Strongest));
        CostMeans cascade = CostMeans.Of(priced.Select(pair => pair.Cascade));
        double? servedE2el = timed.Average(pair => pair.Strongest.E2elMs);
        double? cascadeE2el = timed.Average(pair => pair.Cascade.E2elMs);
        bool[] agree = [.. all.Select(pair => pair.Agrees).OfType<bool>()];
        // Where the cascade was served, feedback is about the strongest answer only if both are the same: counting those alone would flatter.
        bool[] right = [.. all
            .Where(pair => pair.IsStrongestServed && pair.Agrees is not null && feedback.GetValueOrDefault(pair.Id) >= 0.5)
            .Select(pair => pair.Agrees!.Value)];
        return new()
        {
            N = all.Length,
            Priced = priced.Length,
            EscalationRate = all.Average(pair => pair.Escalated ? 1.0 : 0),
            TpotMs = served.Tpot,
            CascadeTpotMs = cascade.Tpot,
            TpotRatio = cascade.Tpot / served.Tpot,
            TpotTokenWeightedRatio = cascade.TokenWeightedTpot / served.TokenWeightedTpot,
            E2elMs = servedE2el,
            CascadeE2elMs = cascadeE2el,
            E2elRatio = cascadeE2el / servedE2el,
            Compared = agree.Length,
            DisagreementRate = Rate(agree),
            DisagreementCi95 = Wilson(agree),
            CalledRight = right.Length,
            LostAtMost = Rate(right),
            LostAtMostCi95 = Wilson(right),
        };
    }

    private static double? Rate(bool[] agree) => agree.Length == 0 ? null : agree.Average(same => same ? 0.0 : 1);

    private static IReadOnlyList<double>? Wilson(bool[] agree)
    {
        if (Rate(agree) is not { } rate)
            return null;
        Interval interval = Proportions.Wilson(rate, agree.Length);
        return [interval.Low, interval.High];
    }
}
