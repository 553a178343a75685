using System.Text.Json;

using CascadeLocal.Calibration.Statistics;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>Makes the figures of all compared policies, with their paired intervals.</summary>
internal sealed class PolicyReports
{
    private readonly IReadOnlyList<ComparedPolicy> _compared;
    private readonly int _strongest;
    private readonly int _questions;
    private readonly PolicyFigures _figures;
    private readonly PairedBootstrap _bootstrap;

    /// <param name="requests">The requests.</param>
    /// <param name="compared">What is compared, each with one outcome per request.</param>
    /// <param name="strongest">Which of them the rest is compared with.</param>
    /// <param name="draws">How many times questions are drawn.</param>
    /// <param name="seed">Decides the draws.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public PolicyReports(
        IReadOnlyList<RequestKey> requests,
        IReadOnlyList<ComparedPolicy> compared,
        int strongest,
        int draws,
        ulong seed,
        CancellationToken cancellationToken)
    {
        (_compared, _strongest) = (compared, strongest);
        _questions = requests.Select(request => request.Question).Distinct().Count();
        _figures = new(requests, compared);
        _bootstrap = PairedBootstrap.Of(requests, _figures.Total.Length, _figures.AddTo, draws, seed, cancellationToken);
    }

    /// <summary>How many kinds of questions were told apart in drawing.</summary>
    public int Families => _bootstrap.Families;

    /// <summary>How many requests have a TPOT under every policy.</summary>
    public int Priced => _figures.Priced;

    /// <summary>How many requests have a cost under every policy.</summary>
    public int Costed => _figures.Costed;

    /// <summary>One per policy.</summary>
    public IReadOnlyList<PolicyReport> All() => [.. _compared.Select((policy, index) => Of(policy, index))];

    private PolicyReport Of(ComparedPolicy policy, int index)
    {
        double accuracy = PolicyFigures.Accuracy(_figures.Total, index);
        double best = PolicyFigures.Accuracy(_figures.Total, _strongest);
        double losses = Count(index, Loss.Is);
        double gains = Count(index, (own, strongest) => Loss.Is(strongest, own));
        (double loss, double gain) = Unseen(index, losses, gains);
        Interval? Paired(Func<double[], double> figure, double unit) => _bootstrap.Bounds(figure)?.WithUnseen(figure(_figures.Total), loss / unit, gain / unit);
        double Retained(double[] sums) => PolicyFigures.Accuracy(sums, index) / PolicyFigures.Accuracy(sums, _strongest);
        double Difference(double[] sums) => PolicyFigures.Accuracy(sums, index) - PolicyFigures.Accuracy(sums, _strongest);
        Estimate tpot = Ratio(PolicyFigures.Tpot, index);
        Estimate weighted = Ratio(PolicyFigures.TokenWeightedTpot, index);
        Estimate latency = Ratio(PolicyFigures.Latency, index);
        Estimate cost = Ratio(PolicyFigures.Cost, index);
        return new()
        {
            Name = policy.Name,
            Kind = JsonNamingPolicy.SnakeCaseLower.ConvertName(policy.Kind.ToString()),
            Accuracy = accuracy,
            Ci95 = AccuracyBounds(accuracy, index),
            TpotMs = Known(PolicyFigures.Tpot(_figures.Total, index)),
            TpotTokenWeightedMs = Known(PolicyFigures.TokenWeightedTpot(_figures.Total, index)),
            TtftMs = Known(policy.Served.Average(served => served.FirstToken)),
            E2elMs = Known(PolicyFigures.Latency(_figures.Total, index)),
            Cost = Known(PolicyFigures.Cost(_figures.Total, index)),
            CostRatio = cost.Value,
            CostRatioCi95 = cost.Bounds,
            Pays = index == _strongest ? null : BothMeans.Of(tpot.Value, 1, weighted.Value, 1),
            EscalationRate = policy.Served.Average(served => served.Escalated),
            N = policy.Served.Count,
            Retained = Known(Retained(_figures.Total)),
            RetainedCi95 = best > 0 ? Paired(Retained, best)?.ToList() : null,
            Difference = Difference(_figures.Total),
            DifferenceCi95 = Paired(Difference, 1)?.ToList(),
            TpotRatio = tpot.Value,
            TpotRatioCi95 = tpot.Bounds,
            TpotTokenWeightedRatio = weighted.Value,
            TpotTokenWeightedRatioCi95 = weighted.Bounds,
            E2elRatio = latency.Value,
            E2elRatioCi95 = latency.Bounds,
            Losses = losses,
            Gains = gains,
        };
    }

    // Draws of questions that are all right, or all wrong, have no width; Wilson's interval has.
    private IReadOnlyList<double> AccuracyBounds(double accuracy, int index)
    {
        if (_bootstrap.Bounds(sums => PolicyFigures.Accuracy(sums, index)) is { } bounds && bounds.High > bounds.Low)
            return bounds.ToList();
        return Proportions.Wilson(accuracy, _questions).ToList();
    }

    // What may be lost, and gained, where none was seen: Wilson's bound of none. Who gives the strongest member's own answers can do neither,
    // and the oracle never loses.
    private (double Loss, double Gain) Unseen(int index, double losses, double gains)
    {
        ComparedPolicy policy = _compared[index];
        if (policy.Served.Zip(_compared[_strongest].Served).All(pair => pair.First.Delivered is { } own && ReferenceEquals(own, pair.Second.Delivered)))
            return (0, 0);
        double none = Proportions.Wilson(0, _questions).High;
        return (losses == 0 && policy.Kind != PolicyKind.Oracle ? none : 0, gains == 0 ? none : 0);
    }

    private Estimate Ratio(Func<double[], int, double> figure, int index)
    {
        double Of(double[] sums) => figure(sums, index) / figure(sums, _strongest);
        return Known(Of(_figures.Total)) is { } value ? new(value, _bootstrap.Bounds(Of)?.ToList()) : new(null, null);
    }

    private double Count(int index, Func<double, double, bool> of) => _compared[index].Served
        .Zip(_compared[_strongest].Served, (own, best) => own.ChanceThat(correct => of(correct, best.Correct)))
        .Sum();

    private static double? Known(double value) => double.IsFinite(value) ? value : null;

    private readonly record struct Estimate(double? Value, IReadOnlyList<double>? Bounds);
}
