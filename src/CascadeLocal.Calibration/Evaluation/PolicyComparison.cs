using System.Globalization;

using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>All ways to answer that are compared, each with what it made of every request.</summary>
internal sealed class PolicyComparison
{
    private readonly Policy _policy;
    private readonly RecordedRequests _requests;
    private readonly CostMetric _metric;
    private readonly OfflineRouter _router;
    private readonly CascadeReplay? _replay;
    private readonly List<string> _notices = [];
    private readonly List<ComparedPolicy> _compared = [];

    private PolicyComparison(Policy policy, RecordedRequests requests, PointSet vectors, CostMetric metric)
    {
        (_policy, _requests, _metric) = (policy, requests, metric);
        _router = new(policy, vectors);
        _replay = policy.Escalation is { } escalation ? new(requests, vectors, _router, escalation) : null;
    }

    /// <summary>The ways to answer, members first.</summary>
    public IReadOnlyList<ComparedPolicy> Compared => _compared;

    /// <summary>The most accurate member on these requests; of equal ones the cheaper, then by name.</summary>
    public int Strongest { get; private set; }

    /// <summary>The mix that random routing draws from.</summary>
    public RandomMix? Mix { get; private set; }

    /// <summary>What could not be compared, one sentence each.</summary>
    public IReadOnlyList<string> Notices => _notices;

    /// <summary>Replays everything.</summary>
    public static PolicyComparison Of(
        Policy policy, RecordedRequests requests, PointSet vectors, CostMetric metric, CancellationToken cancellationToken)
    {
        PolicyComparison comparison = new(policy, requests, vectors, metric);
        comparison.Run(cancellationToken);
        return comparison;
    }

    /// <summary>The replay, where the policy judges answers.</summary>
    public CascadeReplay? Replay => _replay;

    private void Run(CancellationToken cancellationToken)
    {
        int[] members = [.. Enumerable.Range(0, _requests.Members.Count)];
        foreach (int member in members)
            Add(_requests.Members[member], PolicyKind.Member, request => ServedRequest.By(request.Answers[member]));
        double[] accuracies = [.. members.Select(member => _requests.All.Average(request => request.Answers[member].Correct))];
        double[] costs = [.. members.Select(member => MeanCost(_compared[member]))];
        Strongest = members
            .OrderByDescending(member => accuracies[member])
            .ThenBy(member => costs[member])
            .ThenBy(member => _requests.Members[member], StringComparer.Ordinal)
            .First();

        Add("stage 1", PolicyKind.StageOne, request => ServedRequest.By(request.Answers[_router.StageOneOf(request.Text)]));
        _notices.AddRange(_requests.LengthNotices);
        AddCascades(costs, cancellationToken);
        AddRandom(accuracies, costs);
        Add("oracle", PolicyKind.Oracle, request => ServedRequest.By(
            request.Answers[members.MaxBy(member => (request.Answers[member].Correct, -costs[member]))]));
    }

    private void AddCascades(double[] costs, CancellationToken cancellationToken)
    {
        if (_policy.Novelty is not null)
        {
            int novel = _requests.All.Count(request => _router.IsNovel(request.Text));
            _notices.Add($"{novel} of {_requests.All.Count} requests are unlike all that the policy was fitted to; the cascade sends such to its strongest member");
        }

        if (_policy.Escalation is not { } escalation || _replay is null)
        {
            _notices.Add("the policy has no Stage 2: what it serves is Stage 1");
            Add("cascade", PolicyKind.Cascade, request => ServedRequest.By(request.Answers[_router.ActionOf(request.Text).Start]));
            return;
        }

        int[] judged = [.. escalation.Actions.SelectMany(action => action.Path.SkipLast(1)).Distinct()];
        if (judged.FirstOrDefault(member => !_replay.CanJudge(member), -1) is >= 0 and int blind)
        {
            _notices.Add($"the labels of {_requests.Members[blind]} lack what its judge looks at (token signals, or the output): the cascade is left out");
            return;
        }

        int spread = judged.Where(member => escalation.EarlyRules[member].Checkpoints.Count > 0)
            .Sum(member => _requests.All.Count(request => !request.Answers[member].HasTokenTexts));
        if (spread > 0)
            _notices.Add($"{spread} judged answers have no token_ends, so the text of a running answer is taken in proportion to its tokens");

        AddReplay("cascade", PolicyKind.Cascade, _router.ActionOf, escalation.EarlyRules, cancellationToken);
        EarlyRule[] atEnd = [.. escalation.EarlyRules.Select(_ => EarlyRule.None)];
        if (judged.Any(member => escalation.EarlyRules[member].Checkpoints.Count > 0))
            AddReplay("cascade, judged at the end", PolicyKind.CascadeAtEnd, _router.ActionOf, atEnd, cancellationToken);

        int target = escalation.Target;
        int first = Enumerable.Range(0, costs.Length).Where(member => member != target && _replay.CanJudge(member))
            .DefaultIfEmpty(-1).MinBy(member => member < 0 ? 0 : costs[member]);
        if (first < 0)
            return;
        CascadeAction always = new([first, target], [0]);
        AddReplay($"always-cascade from {_requests.Members[first]}", PolicyKind.AlwaysCascade, _ => always, atEnd, cancellationToken);
    }

    private void AddRandom(double[] accuracies, double[] costs)
    {
        ComparedPolicy served = _compared.Last(policy => policy.Kind is PolicyKind.Cascade or PolicyKind.StageOne);
        double cost = MeanCost(served);
        if (!double.IsFinite(cost) || !costs.All(double.IsFinite))
        {
            _notices.Add("costs are not known, so nothing can be drawn at equal cost");
            return;
        }

        RandomMix mix = Mix = RandomMix.Best(accuracies, costs, cost);
        if (cost < costs.Min())
            _notices.Add("the policy costs less than every member alone; random routing is the cheapest member, which costs more");
        string share = mix.Dear == mix.Cheap
            ? _requests.Members[mix.Cheap]
            : string.Create(CultureInfo.InvariantCulture, $"{1 - mix.Share:0.0 %} {_requests.Members[mix.Cheap]}, {mix.Share:0.0 %} {_requests.Members[mix.Dear]}");
        _notices.Add($"random at equal cost: {share}, the most accurate mix of two members on these very questions");
        Add("random at equal cost", PolicyKind.Random, request => ServedRequest.Mix(
            ServedRequest.By(request.Answers[mix.Cheap]), ServedRequest.By(request.Answers[mix.Dear]), mix.Share));
    }

    private void Add(string name, PolicyKind kind, Func<RecordedRequest, ServedRequest> serve) =>
        _compared.Add(new(name, kind, [.. _requests.All.Select(serve)]));

    private void AddReplay(
        string name, PolicyKind kind, Func<int, CascadeAction> action, IReadOnlyList<EarlyRule> rules, CancellationToken cancellationToken)
    {
        (ServedRequest[] served, ReplayedVerdict[] verdicts) = _replay!.Run(action, rules, cancellationToken);
        _compared.Add(new(name, kind, served) { Verdicts = verdicts });
    }

    // Over the requests that every member prices: a mix of them then costs what the mix of their costs says.
    private double MeanCost(ComparedPolicy policy) => Enumerable.Range(0, _requests.All.Count)
        .Where(i => _requests.All[i].Answers.All(answer => double.IsFinite(answer.Under(_metric))))
        .Select(i => policy.Served[i].Under(_metric))
        .DefaultIfEmpty(double.NaN)
        .Average();
}

/// <summary>A way to answer, and what it made of every request.</summary>
/// <param name="Name">Its name: a member's, or what it is.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Served">One per request.</param>
internal sealed record ComparedPolicy(string Name, PolicyKind Kind, IReadOnlyList<ServedRequest> Served)
{
    /// <summary>The verdicts it took; empty where nothing is judged.</summary>
    public IReadOnlyList<ReplayedVerdict> Verdicts { get; init; } = [];
}

/// <summary>The ways to answer that are compared.</summary>
public enum PolicyKind
{
    /// <summary>One member answers everything.</summary>
    Member,

    /// <summary>Each cluster's member, unjudged.</summary>
    StageOne,

    /// <summary>The policy as it serves.</summary>
    Cascade,

    /// <summary>The same, with all answers judged at their end alone.</summary>
    CascadeAtEnd,

    /// <summary>The cheapest judged member answers everything first.</summary>
    AlwaysCascade,

    /// <summary>Lots are drawn between two members, at the policy's cost.</summary>
    Random,

    /// <summary>The most accurate answer to every request, of equally accurate ones the cheapest.</summary>
    Oracle,
}
