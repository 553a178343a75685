using CascadeLocal.Calibration.Heads;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>How good the judges of a policy are on answers that no part of the fit has seen.</summary>
/// <param name="requests">The answers.</param>
/// <param name="router">Knows the clusters.</param>
/// <param name="replay">Knows what the judges are shown.</param>
/// <param name="escalation">The judges.</param>
internal sealed class JudgeEvaluation(RecordedRequests requests, OfflineRouter router, CascadeReplay replay, EscalationPolicy escalation)
{
    /// <summary>A report for each member that is judged and whose labels can be.</summary>
    /// <param name="withAblation">Whether heads are trained again without each group of features.</param>
    /// <param name="verdicts">The verdicts of the cascade.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public IReadOnlyList<JudgeReport> All(bool withAblation, IReadOnlyList<ReplayedVerdict> verdicts, CancellationToken cancellationToken)
    {
        List<JudgeReport> reports = [];
        for (int member = 0; member < requests.Members.Count; member++)
        {
            if (escalation.Judges[member] is not { } judge || !replay.CanJudge(member))
                continue;
            cancellationToken.ThrowIfCancellationRequested();
            JudgedRow[] rows = Rows(member, judge);
            reports.Add(JudgeReport.Of(requests.Members[member], rows) with
            {
                Verdicts = VerdictReport.Of([.. verdicts.Where(verdict => verdict.Member == member)]),
                Overhead = VerdictClock.Measure(requests, member, judge, replay),
                Ablation = withAblation ? Ablation(judge, rows) : null,
            });
        }

        return reports;
    }

    private JudgedRow[] Rows(int member, MemberJudge judge) => [.. requests.All.AsParallel().AsOrdered().Select(request =>
    {
        CascadeAction action = router.ActionOf(request.Text);
        float[] features = AnswerPlayback.Features(request.Answers[member], replay.ReaderOf(judge, request));
        double own = judge.OwnProbability(judge.End, features);
        return new JudgedRow(
            request.Text,
            action.Path.SkipLast(1).Contains(member),
            features,
            judge.OwnScore(judge.End, features),
            own,
            own + judge.Gain(judge.End, features),
            request.Answers[member].Correct,
            request.Answers[escalation.Target].Correct);
    })];

    private static IReadOnlyList<AblationReport> Ablation(MemberJudge judge, JudgedRow[] rows)
    {
        HeadRows table = new(
            judge.Layout,
            [.. rows.SelectMany(row => row.Features)],
            [.. rows.Select(row => row.Correct)],
            [.. rows.Select(row => row.Unit)]);
        HeadOptions options = new();
        HeadReport? whole = HeadTrainer.Train(table, options).Report;
        return
        [
            AblationReport.Of(null, whole, whole),
            .. HeadAblation.Run(table, options).Select(run => AblationReport.Of(run.Without, run.Report, whole)),
        ];
    }
}

/// <summary>What a judge says of one whole answer.</summary>
/// <param name="Unit">The text of its question; its rows are no evidence of their own.</param>
/// <param name="InGate">Whether its cluster's answers by this member are judged when serving.</param>
/// <param name="Features">What the heads saw.</param>
/// <param name="Score">The log-odds of being right, before calibration.</param>
/// <param name="Own">The chance of being right.</param>
/// <param name="Target">The chance that the target's answer is right.</param>
/// <param name="Correct">How right it is.</param>
/// <param name="TargetCorrect">How right the target's is.</param>
internal sealed record JudgedRow(
    int Unit, bool InGate, float[] Features, double Score, double Own, double Target, double Correct, double TargetCorrect);
