using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Curves;

/// <summary>What a policy gives: its curves, and the point at which it serves.</summary>
internal sealed class PolicyCurves
{
    private readonly Policy _policy;
    private readonly CurveModels _models;
    private readonly OfflineRouter _router;
    private readonly CascadeReplay? _replay;
    private readonly ulong _seed;
    private readonly PointSet _vectors;

    public PolicyCurves(Policy policy, CurveModels models, PointSet vectors, ulong seed)
    {
        (_policy, _models, _vectors, _seed) = (policy, models, vectors, seed);
        _router = new(policy, vectors);
        _replay = policy.Escalation is { } escalation ? new(models.Requests, vectors, _router, escalation) : null;
    }

    /// <summary>What the policy knows from queries alone, as a query router: its forecast, else its error rates by cluster.</summary>
    public TradeOff Router()
    {
        if (_policy.Forecast is { } forecast)
        {
            double[][] expected = [.. _models.Requests.All.Select(request => forecast.Query.Predict(_vectors[request.Text]))];
            return RouterCurve.Of("policy, queries alone", CurveKind.PolicyRouter, _models, expected, _seed);
        }

        double[][] byCluster = [.. Enumerable.Range(0, _policy.Statistics.Clusters.Count).Select(c =>
            _policy.Statistics.Models.Select(model => 1 - model.Errors[c]).ToArray())];
        double[][] predicted = [.. _models.Requests.All.Select(request => byCluster[_router.ClusterOf(request.Text)])];
        return RouterCurve.Of("policy, clusters alone", CurveKind.PolicyRouter, _models, predicted, _seed);
    }

    /// <summary>
    /// The cheapest judged member answers everything first, and the gain that its judge expects of the target is the score; null where the
    /// policy judges nothing, or the labels lack what it looks at.
    /// </summary>
    public TradeOff? Judge()
    {
        if (_policy.Escalation is not { } escalation || _replay is null)
            return null;
        double[] costs = _models.RelativeCosts;
        int first = Enumerable.Range(0, _models.Count).Where(m => m != escalation.Target && _replay.CanJudge(m)).OrderBy(m => costs[m]).FirstOrDefault(-1);
        if (first < 0)
            return null;
        MemberJudge judge = escalation.Judges[first]!;
        double[] gains = [.. _models.Requests.All.AsParallel().AsOrdered().Select(request =>
            judge.Gain(judge.End, AnswerPlayback.Features(request.Answers[first], _replay.ReaderOf(judge, request))))];
        return TradeOff.OfScore(
            $"policy, judge of {_models.Requests.Members[first]}",
            CurveKind.PolicyJudge,
            gains,
            _seed,
            i => _models.Alone(i, first),
            i => _models.InTurn(i, [first, escalation.Target]));
    }

    /// <summary>The policy as it serves; null where the labels lack what its judges look at.</summary>
    public PointOutcomes? Served(CancellationToken cancellationToken)
    {
        if (_policy.Escalation is not { } escalation || _replay is null)
            return PointOutcomes.Of(_models.N, i => _models.Alone(i, _router.ActionOf(_models.Requests.All[i].Text).Start));
        if (escalation.Actions.SelectMany(action => action.Path.SkipLast(1)).Distinct().Any(member => !_replay.CanJudge(member)))
            return null;
        ServedRequest[] served = _replay.Run(_router.ActionOf, escalation.EarlyRules, cancellationToken).Served;
        return PointOutcomes.Of(_models.N, i => _models.Served(served[i], i));
    }
}
