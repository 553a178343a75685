using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>
/// Replays judging and escalation on recorded answers, by the code that serves. Drafts are not reused here: what a stronger
/// member would have kept of a rejected answer is not in the labels.
/// </summary>
/// <param name="requests">The requests.</param>
/// <param name="vectors">The vectors of their texts.</param>
/// <param name="router">Knows their clusters.</param>
/// <param name="escalation">Judges.</param>
internal sealed class CascadeReplay(RecordedRequests requests, PointSet vectors, OfflineRouter router, EscalationPolicy escalation)
{
    private readonly float[][] _queries = [.. Enumerable.Range(0, vectors.Count).Select(text => Reduce(escalation, vectors[text]))];

    /// <summary>Whether the labels have what a member's judge looks at.</summary>
    public bool CanJudge(int member) => escalation.Judges[member] is { } judge
        && requests.All.All(request => request.Answers[member].Signals >= judge.Layout.Signals)
        && (judge.Layout.Text is null || requests.All.All(request => request.Answers[member].HasText));

    /// <summary>Replays all requests.</summary>
    /// <param name="action">What is done with each text.</param>
    /// <param name="rules">When the answers of each member are judged.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public (ServedRequest[] Served, ReplayedVerdict[] Verdicts) Run(
        Func<int, CascadeAction> action, IReadOnlyList<EarlyRule> rules, CancellationToken cancellationToken)
    {
        ServedRequest[] served = new ServedRequest[requests.All.Count];
        List<ReplayedVerdict>[] verdicts = [.. requests.All.Select(_ => new List<ReplayedVerdict>())];
        // Requests do not depend on each other.
        Parallel.For(0, served.Length, new() { CancellationToken = cancellationToken }, i =>
            served[i] = Serve(requests.All[i], action(requests.All[i].Text), rules, verdicts[i]));
        return (served, [.. verdicts.SelectMany(taken => taken)]);
    }

    /// <summary>A reader of a member's answer to a request, as its judge wants it.</summary>
    public AnswerReader ReaderOf(MemberJudge judge, RecordedRequest request) =>
        new(judge.Layout, requests.Texts[request.Text], router.ClusterOf(request.Text), _queries[request.Text]);

    private ServedRequest Serve(RecordedRequest request, CascadeAction action, IReadOnlyList<EarlyRule> rules, List<ReplayedVerdict> verdicts)
    {
        List<AnswerPass> passes = [];
        EarlierAnswer? earlier = null;
        for (int rung = 0; rung < action.Path.Count - 1; rung++)
        {
            int member = action.Path[rung];
            RecordedAnswer answer = request.Answers[member];
            MemberJudge judge = escalation.Judges[member]
                ?? throw new ArgumentException($"nothing judges the answers of {requests.Members[member]}, which the policy escalates");
            Comparison? comparison = earlier is not null && escalation.Agreements.TryGetValue((member, action.Path[rung - 1]), out Agreement? agreement)
                ? new(agreement, earlier)
                : null;
            RunningVerdict verdict = new(judge, rules[member], action.Thresholds[rung], ReaderOf(judge, request), comparison);
            int? decided = AnswerPlayback.Play(answer, verdict);
            bool accepted = verdict.Verdict == Verdict.Accept;
            verdicts.Add(new(member, accepted, decided, answer.ShownTokens));
            if (accepted)
            {
                double opens = decided is { } at ? answer.PassOf(at).Latency : answer.Latency;
                return ServedRequest.Of([.. passes, answer.Pass], answer, opens);
            }

            earlier = decided is null && verdict.AloneProbability is { } own && answer.HasText
                ? new(requests.Members[member], own, answer.TokenTexts.UpTo(answer.ShownTokens).ToString())
                : null;
            passes.Add(decided is { } stopped ? answer.PassOf(stopped) : answer.Pass);
        }

        RecordedAnswer last = request.Answers[action.Target];
        return ServedRequest.Of([.. passes, last.Pass], last, last.TimeToFirstToken);
    }

    private static float[] Reduce(EscalationPolicy escalation, ReadOnlySpan<float> vector)
    {
        if (escalation.Projection is not { } projection)
            return [];
        float[] reduced = new float[projection.Dimensions];
        projection.Apply(vector, reduced);
        return reduced;
    }
}

/// <summary>What was made of a member's answer.</summary>
/// <param name="Member">The member.</param>
/// <param name="Accepted">Whether the answer was delivered.</param>
/// <param name="At">The token at which the verdict fell; null at the end.</param>
/// <param name="Tokens">All tokens that the answer has.</param>
internal readonly record struct ReplayedVerdict(int Member, bool Accepted, int? At, int Tokens);
