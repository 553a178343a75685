using System.Diagnostics;
using System.Diagnostics.Metrics;

using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Server.Configuration;

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
    private readonly Histogram<double> _queue;
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
        _queue = meter.CreateHistogram("cascade.queue", "s", "How long requests waited for their turn: at the door, and for a place at endpoints.", Buckets.FirstTokenSeconds);
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
        _queue.Record(outcome.QueueTime.TotalSeconds, new KeyValuePair<string, object?>("model", outcome.Member));
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

    public void OnShadowed(CascadeOutcome outcome, ShadowEnd end)
    {
        _shadows.Add(1, new KeyValuePair<string, object?>("result", end switch
        {
            ShadowEnd.Compared => outcome.Shadow!.Agrees ? "agrees" : "differs",
            ShadowEnd.Dropped => "dropped",
            _ => "failed",
        }));
        // The pass that was delivered may stand for its member's, and is counted already.
        foreach (CascadePass pass in outcome.Shadow?.Outcome.Passes.Where(pass => !outcome.Passes.Contains(pass, ReferenceEqualityComparer.Instance)) ?? [])
        {
            if (pass.Cost is { } cost)
                _cost.Add(cost, new KeyValuePair<string, object?>("model", pass.Member));
        }
    }

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

/// <summary>The metrics of OpenTelemetry's conventions for generative AI, recorded once for every request.</summary>
internal sealed class GenAiMetrics : ICascadeObserver
{
    private const double MillisecondsPerSecond = 1_000;

    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _firstToken;
    private readonly Histogram<double> _outputToken;
    private readonly Histogram<long> _tokens;

    public GenAiMetrics(Meter meter)
    {
        _duration = meter.CreateHistogram("gen_ai.server.request.duration", "s", "Time to the last token of a request.", Buckets.RequestSeconds);
        _firstToken = meter.CreateHistogram("gen_ai.server.time_to_first_token", "s", "Time to the first token that is delivered.", Buckets.FirstTokenSeconds);
        _outputToken = meter.CreateHistogram("gen_ai.server.time_per_output_token", "s", "Decode time of all passes per delivered token after the first.", Buckets.OutputTokenSeconds);
        _tokens = meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Tokens of a request: input and output of the delivered pass.", Buckets.Tokens);
    }

    public void OnCompleted(CascadeOutcome outcome)
    {
        TagList tags = new()
        {
            { "gen_ai.operation.name", "chat" },
            { "gen_ai.provider.name", "cascadelocal" },
            { "gen_ai.request.model", outcome.Decision.Reason == RoutingReason.Pinned ? outcome.Decision.Member : MemberName.Cascade },
            { "gen_ai.response.model", outcome.Member },
        };
        if (outcome.Delivered is not { } delivered || RequestFigures.Of(outcome) is not { } figures)
        {
            tags.Add("error.type", outcome.Status);
            _duration.Record(outcome.Duration.TotalSeconds, tags);
            return;
        }

        double embedding = (outcome.Decision.EmbedTime ?? TimeSpan.Zero).TotalSeconds;
        _duration.Record(embedding + figures.Latency / MillisecondsPerSecond, tags);
        _firstToken.Record(embedding + figures.TimeToFirstToken / MillisecondsPerSecond, tags);
        if (figures.TimePerOutputToken is { } tpot)
            _outputToken.Record(tpot / MillisecondsPerSecond, tags);
        RecordTokens(tags, delivered);
    }

    private void RecordTokens(TagList tags, GenerationResult delivered)
    {
        tags.Add("gen_ai.token.type", "input");
        _tokens.Record(delivered.PromptTokens, tags);
        tags[^1] = new("gen_ai.token.type", "output");
        _tokens.Record(delivered.OutputTokens, tags);
    }
}

/// <summary>The upper bounds of histogram buckets. The first four are those of OpenTelemetry's GenAI conventions.</summary>
internal static class Buckets
{
    public static readonly double[] RequestSeconds =
        [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

    public static readonly double[] FirstTokenSeconds =
        [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    public static readonly double[] OutputTokenSeconds =
        [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];

    public static readonly long[] Tokens =
        [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];

    /// <summary>For single passes of small models, which are far below the conventions' least bound.</summary>
    public static readonly double[] PassTokenSeconds =
        [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2.5];
}
