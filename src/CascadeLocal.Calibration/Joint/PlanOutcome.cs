using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Joint;

/// <summary>What a plan gives on some questions.</summary>
public sealed record PlanOutcome
{
    /// <summary>How many rows.</summary>
    public required int Questions { get; init; }

    /// <summary>How many of them are priced: their cost is defined whoever answers.</summary>
    public required int Priced { get; init; }

    /// <summary>The mean of the delivered answers' correctness.</summary>
    public required double Accuracy { get; init; }

    /// <summary>That of the strongest model alone.</summary>
    public required double StrongestAccuracy { get; init; }

    /// <summary>Accuracy less the strongest's, paired, with its 95 % interval.</summary>
    public required Interval Difference { get; init; }

    /// <summary>Mean charged TPOT over the priced requests, in ms; null where none is.</summary>
    public required double? Tpot { get; init; }

    /// <summary>Charged time over all gaps of the delivered answers, in ms; null where none is priced.</summary>
    public required double? TokenWeightedTpot { get; init; }

    /// <summary>Mean E2EL, in ms; null where it is not known for all.</summary>
    public required double? E2el { get; init; }

    /// <summary>Mean cost of all passes, in the unit of the labels; null where it is not known for all.</summary>
    public double? Cost { get; init; }

    /// <summary>Mean time until the stream could open, in ms; null where it is not known for all.</summary>
    public required double? FirstToken { get; init; }

    /// <summary>The share of the questions for which an answer was dropped.</summary>
    public required double EscalationRate { get; init; }

    /// <summary>Rows whose delivered answer is worse than the strongest's.</summary>
    public required int Losses { get; init; }

    /// <summary>Rows whose delivered answer is better than the strongest's.</summary>
    public required int Gains { get; init; }

    /// <summary>What is charged on average; null where it is not known.</summary>
    internal double? Charge(CostMetric metric) => metric switch
    {
        CostMetric.Tpot => Tpot,
        CostMetric.E2el => E2el,
        _ => Cost,
    };

    internal static PlanOutcome Of(PlanReplay replay, CascadePlan plan, IReadOnlyList<int> among, int strongest) =>
        Of(replay, [.. among.Select(q => (q, plan.Actions[replay.Questions.Questions[q].Cluster]))], strongest);

    /// <summary>What actions give.</summary>
    /// <param name="replay">The questions.</param>
    /// <param name="done">Questions, and what is done with each.</param>
    /// <param name="strongest">The model that losses are counted against.</param>
    /// <param name="times">How often each question is there; counts are of one time.</param>
    internal static PlanOutcome Of(PlanReplay replay, IReadOnlyList<(int Question, CascadeAction Action)> done, int strongest, int times = 1)
    {
        JudgedQuestions table = replay.Questions;
        int Once(int count) => (int)Math.Round((double)count / times);
        var rows = done
            .Select(d => (Row: table.Questions[d.Question], Delivery: replay.Deliver(d.Question, d.Action)))
            .Select(r => (r.Row, r.Delivery, Delivered: r.Row.Answers[r.Delivery.Model], Strongest: r.Row.Answers[strongest]))
            .ToArray();
        int losses = rows.Count(r => Loss.Is(r.Delivered.Correct, r.Strongest.Correct));
        int gains = rows.Count(r => Loss.Is(r.Strongest.Correct, r.Delivered.Correct));
        UnitMean difference = UnitMean.Of(rows.Select(r => (r.Row.Unit, r.Delivered.Correct - r.Strongest.Correct)));
        // The strongest's own answers neither lose nor gain.
        double none = rows.All(r => r.Delivery.Model == strongest) ? 0 : Proportions.Wilson(0, rows.Select(r => r.Row.Unit).Distinct().Count()).High;
        var priced = rows.Where(r => r.Row.IsPriced(CostMetric.Tpot)).ToArray();
        return new()
        {
            Questions = Once(rows.Length),
            Priced = Once(priced.Length),
            Accuracy = rows.Length == 0 ? 0 : rows.Average(r => r.Delivered.Correct),
            StrongestAccuracy = rows.Length == 0 ? 0 : rows.Average(r => r.Strongest.Correct),
            Difference = difference.Interval(Proportions.Alpha).WithUnseen(difference.Mean, losses == 0 ? none : 0, gains == 0 ? none : 0),
            Tpot = priced.Length == 0 ? null : priced.Average(r => r.Delivery.Charge(CostMetric.Tpot)),
            TokenWeightedTpot = priced.Length == 0 ? null : priced.Sum(r => r.Delivery.DecodeTime) / priced.Sum(r => (double)r.Delivery.Gaps),
            E2el = Known(rows.Where(r => r.Row.IsPriced(CostMetric.E2el)).Select(r => r.Delivery.Latency)),
            Cost = Known(rows.Where(r => r.Row.IsPriced(CostMetric.Cost)).Select(r => r.Delivery.Cost)),
            FirstToken = Known(rows.Select(r => r.Delivery.FirstToken)),
            EscalationRate = rows.Length == 0 ? 0 : rows.Average(r => r.Delivery.Escalated ? 1.0 : 0),
            Losses = Once(losses),
            Gains = Once(gains),
        };
    }

    private static double? Known(IEnumerable<double> values)
    {
        double mean = values.DefaultIfEmpty(double.NaN).Average();
        return double.IsFinite(mean) ? mean : null;
    }
}
