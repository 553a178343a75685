namespace CascadeLocal.Calibration.Evaluation;

/// <summary>
/// The sums that all figures are made of, as columns: for every policy its correctness, TPOT, charged time, gaps, latency and cost;
/// then how many requests there are, are priced, have latencies and costs. Costs count only where every policy has them.
/// </summary>
internal sealed class PolicyFigures
{
    private const int Each = 6;

    private readonly IReadOnlyList<ComparedPolicy> _policies;
    private readonly bool[] _isPriced;
    private readonly bool[] _isTimed;
    private readonly bool[] _isCosted;

    public PolicyFigures(IReadOnlyList<RequestKey> requests, IReadOnlyList<ComparedPolicy> policies)
    {
        _policies = policies;
        _isPriced = [.. requests.Select((_, i) => policies.All(policy => double.IsFinite(policy.Served[i].TimePerOutputToken)))];
        _isTimed = [.. requests.Select((_, i) => policies.All(policy => double.IsFinite(policy.Served[i].Latency)))];
        _isCosted = [.. requests.Select((_, i) => policies.All(policy => double.IsFinite(policy.Served[i].Cost)))];
        Total = new double[Each * policies.Count + 4];
        for (int i = 0; i < requests.Count; i++)
            AddTo(Total, i);
    }

    /// <summary>The sums over all requests.</summary>
    public double[] Total { get; }

    /// <summary>How many requests have a TPOT under every policy.</summary>
    public int Priced => _isPriced.Count(priced => priced);

    /// <summary>How many requests have a cost under every policy.</summary>
    public int Costed => _isCosted.Count(costed => costed);

    public static double Accuracy(double[] sums, int policy) => sums[Each * policy] / sums[^4];

    /// <summary>The mean over requests.</summary>
    public static double Tpot(double[] sums, int policy) => sums[Each * policy + 1] / sums[^3];

    public static double TokenWeightedTpot(double[] sums, int policy) => sums[Each * policy + 2] / sums[Each * policy + 3];

    public static double Latency(double[] sums, int policy) => sums[Each * policy + 4] / sums[^2];

    /// <summary>In the unit of the labels.</summary>
    public static double Cost(double[] sums, int policy) => sums[Each * policy + 5] / sums[^1];

    /// <summary>Adds a request to sums of the same columns.</summary>
    public void AddTo(double[] sums, int request)
    {
        for (int policy = 0; policy < _policies.Count; policy++)
        {
            ServedRequest served = _policies[policy].Served[request];
            Span<double> own = sums.AsSpan(Each * policy, Each);
            own[0] += served.Correct;
            own[1] += _isPriced[request] ? served.TimePerOutputToken : 0;
            own[2] += _isPriced[request] ? served.ChargedTime : 0;
            own[3] += _isPriced[request] ? served.Gaps : 0;
            own[4] += _isTimed[request] ? served.Latency : 0;
            own[5] += _isCosted[request] ? served.Cost : 0;
        }

        sums[^4]++;
        sums[^3] += _isPriced[request] ? 1 : 0;
        sums[^2] += _isTimed[request] ? 1 : 0;
        sums[^1] += _isCosted[request] ? 1 : 0;
    }
}

/// <summary>Which question a request asks: what intervals are drawn by.</summary>
/// <param name="Question">The question; requests of one question are no evidence of their own.</param>
/// <param name="Family">Its kind, where the data says it.</param>
internal readonly record struct RequestKey(int Question, string? Family);
