using System.Diagnostics;
using System.Diagnostics.Metrics;

using CascadeLocal.Cascade.Decisions;

namespace CascadeLocal.Server.Metrics;

/// <summary>
/// What the cascade decides, recorded once for every request. The only attributes are names of clusters and members and a few
/// fixed words, so that the number of series is bounded.
/// </summary>
internal sealed class CascadeMetrics : ICascadeObserver
{
    private const string NoCluster = "none";

    private readonly Counter<long> _routed;
    private readonly Counter<long> _novel;
    private readonly Counter<long> _completed;
    private readonly Counter<long> _escalated;
    private readonly Counter<long> _fallbacks;
    private readonly Counter<long> _verdicts;
    private readonly Counter<long> _draftsOffered;
    private readonly Counter<long> _draftsAccepted;
    private readonly Counter<long> _prefixReused;
    private readonly Histogram<double> _passOutputToken;
    private readonly Counter<double> _cost;
    private readonly Counter<long> _feedback;
    private readonly Counter<double> _feedbackCorrect;
    private readonly Counter<long> _shadows;

    public CascadeMetrics(Meter meter)
    {
        _routed = meter.CreateCounter<long>("cascade.routed", description: "Requests by cluster and the member that started.");
        _novel = meter.CreateCounter<long>("cascade.novel", description: "Requests unlike all that the policy was fitted to, by the nearest cluster and the member that started.");
        _completed = meter.CreateCounter<long>("cascade.completed", description: "Requests that ended, by member and how.");
        _escalated = meter.CreateCounter<long>("cascade.escalated", description: "Requests whose first answer was rejected, by cluster and the members from and to.");
        _fallbacks = meter.CreateCounter<long>("cascade.fallbacks", description: "Requests that another member answered than the one that should have.");
        _verdicts = meter.CreateCounter<long>("cascade.verdicts", description: "Judged answers by member, and whether before their end.");
        _draftsOffered = meter.CreateCounter<long>("cascade.draft.tokens.offered", description: "Tokens of rejected answers offered to the stronger member.");
        _draftsAccepted = meter.CreateCounter<long>("cascade.draft.tokens.accepted", description: "Tokens of rejected answers that the stronger member kept.");
        _prefixReused = meter.CreateCounter<long>("cascade.prefix.tokens.reused", description: "Prompt tokens taken from the prefix cache.");
        _passOutputToken = meter.CreateHistogram("cascade.pass.time_per_output_token", "s", "Time per output token of single passes, discarded ones included.", Buckets.PassTokenSeconds);
        _cost = meter.CreateCounter<double>("cascade.cost", description: "What the tokens of all passes cost, discarded ones included, by the members' prices.");
        _feedback = meter.CreateCounter<long>("cascade.feedback", description: "Feedback on answers.");
        _feedbackCorrect = meter.CreateCounter<double>("cascade.feedback.correct", description: "The sum of how right answers were, 0 to 1 each.");
        _shadows = meter.CreateCounter<long>("cascade.shadow", description: "Requests beside which another answer was worked out, by what came of it.");
    }

    public void OnDecided(CascadeDecision decision)
    {
        KeyValuePair<string, object?> member = new("model", decision.Member);
        _routed.Add(1, Cluster(decision), member);
        if (decision.IsNovel)
            _novel.Add(1, Cluster(decision), member);
    }

    public void OnJudged(CascadeVerdict verdict) => _verdicts.Add(
        1,
        new("model", verdict.Member),
        new("verdict", verdict.Accepted ? "accept" : "reject"),
        new("early", verdict.Early ? "true" : "false"));

    public void OnCompleted(CascadeOutcome outcome)
    {
        _completed.Add(1, new("model", outcome.Member), new("status", outcome.Status));
        if (outcome.Escalated)
            _escalated.Add(1, Cluster(outcome.Decision), new("from", outcome.Decision.Member), new("to", outcome.Member));
        if (outcome.FallbackReason is not null)
            _fallbacks.Add(1, new KeyValuePair<string, object?>("model", outcome.Member));
        if (outcome.DraftTokensOffered > 0)
        {
            _draftsOffered.Add(outcome.DraftTokensOffered, new KeyValuePair<string, object?>("model", outcome.Member));
            _draftsAccepted.Add(outcome.DraftTokensReused, new KeyValuePair<string, object?>("model", outcome.Member));
        }

        foreach (CascadePass pass in outcome.Passes)
        {
            GenerationResult result = pass.Result;
            KeyValuePair<string, object?> tag = new("model", pass.Member);
            if (pass.Cost is { } cost)
                _cost.Add(cost, tag);
            _prefixReused.Add(result.CachedTokens, tag);
            if (result.TimePerOutputToken is { } tpot)
                _passOutputToken.Record(tpot.TotalSeconds, tag);
        }
    }

    public void OnShadowed(CascadeOutcome outcome, ShadowEnd end) => _shadows.Add(1, new KeyValuePair<string, object?>("result", end switch
    {
        ShadowEnd.Compared => outcome.Shadow!.Agrees ? "agrees" : "differs",
        ShadowEnd.Dropped => "dropped",
        _ => "failed",
    }));

    public void RecordFeedback(Feedback feedback)
    {
        TagList tags = new()
        {
            { "cluster", feedback.Answer?.Cluster ?? NoCluster },
            { "model", feedback.Answer?.Member ?? "unknown" },
        };
        _feedback.Add(1, tags);
        _feedbackCorrect.Add(feedback.Correct, tags);
    }

    private static KeyValuePair<string, object?> Cluster(CascadeDecision decision) => new("cluster", decision.Cluster ?? NoCluster);
}
