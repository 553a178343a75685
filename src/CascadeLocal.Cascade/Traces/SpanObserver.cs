using System.Diagnostics;

namespace CascadeLocal.Cascade.Traces;

/// <summary>
/// Makes the spans of a request when it has ended, of the times that were recorded on its way, so that tracing adds nothing to that way.
/// The text of questions and answers is in none of them.
/// </summary>
/// <param name="address">The address that requests come to.</param>
/// <param name="port">Its port; 0 where it is not known.</param>
public sealed class SpanObserver(string address, int port) : ICascadeObserver
{
    /// <inheritdoc/>
    public void OnCompleted(CascadeOutcome outcome)
    {
        // The one that is current, since this is called on the request's way. Another source's is not meant.
        if (Activity.Current is not { IsAllDataRequested: true } root || root.Source != Spans.Source)
            return;
        Describe(root, outcome);
        SpanMaker spans = new(root);
        spans.Add("queue", outcome.ReceivedAt, outcome.AdmittedAt);
        if (outcome.Decision is { EmbedTime: { } embedding, EmbeddedAt: > 0 } decision)
            spans.Add("embed", decision.EmbeddedAt - Ticks(embedding), decision.EmbeddedAt);
        foreach (CascadePass pass in outcome.Passes)
            AddPass(spans, pass);
        foreach (CascadeVerdict verdict in outcome.Verdicts)
            AddVerdict(spans, verdict);
    }

    /// <inheritdoc/>
    public void OnShadowed(CascadeOutcome outcome, ShadowEnd end)
    {
        // What was not begun has no span, and is told on the request's own way.
        if (Activity.Current is not { IsAllDataRequested: true, OperationName: RequestSpan.Shadow } root || root.Source != Spans.Source)
            return;
        root.SetTag(SpanTags.Operation, "chat")
            .SetTag(SpanTags.Provider, SpanTags.OwnName)
            .SetTag(SpanTags.ResponseId, outcome.Decision.Id)
            .SetTag(SpanTags.Status, SpanExtensions.Word(end));
        if (end == ShadowEnd.Failed)
            root.SetTag(SpanTags.ErrorType, SpanExtensions.Word(end)).SetStatus(ActivityStatusCode.Error);
        if (outcome.Shadow is not { Outcome: { } shadow } beside)
            return;
        root.SetTag(SpanTags.ResponseModel, shadow.Member)
            .SetTag(SpanTags.Path, string.Join(", ", shadow.Path))
            .SetTag(SpanTags.Reason, SpanExtensions.Word(shadow.Decision.Reason))
            .SetTag(SpanTags.Policy, shadow.Decision.PolicyVersion)
            .SetTag(SpanTags.Escalated, shadow.Escalated)
            .SetTag(SpanTags.AcceptProbability, shadow.AcceptProbability)
            .SetTag(SpanTags.TargetProbability, shadow.TargetProbability)
            .SetTag(SpanTags.Agrees, beside.Agrees);
        SpanMaker spans = new(root);
        // The pass that was delivered may stand for its member's, and is in the request's own trace.
        foreach (CascadePass pass in shadow.Passes.Where(pass => !outcome.Passes.Contains(pass, ReferenceEqualityComparer.Instance)))
            AddPass(spans, pass);
    }

    private void Describe(Activity root, CascadeOutcome outcome)
    {
        CascadeDecision decision = outcome.Decision;
        string asked = decision.Reason == RoutingReason.Pinned ? decision.Member : "cascade";
        root.DisplayName = $"chat {asked}";
        root.SetTag(SpanTags.Operation, "chat")
            .SetTag(SpanTags.Provider, SpanTags.OwnName)
            .SetTag(SpanTags.RequestModel, asked)
            .SetTag(SpanTags.ResponseModel, outcome.Member)
            .SetTag(SpanTags.ResponseId, decision.Id)
            .SetTag(SpanTags.ServerAddress, address)
            .SetTag(SpanTags.ServerPort, port == 0 ? null : port)
            .SetTag(SpanTags.Cluster, decision.Cluster)
            .SetTag(SpanTags.Path, string.Join(", ", outcome.Path))
            .SetTag(SpanTags.Reason, SpanExtensions.Word(decision.Reason))
            .SetTag(SpanTags.Policy, decision.PolicyVersion)
            .SetTag(SpanTags.Guarantee, outcome.Guarantee.Word)
            .SetTag(SpanTags.GuaranteeReason, outcome.Guarantee.Reason)
            .SetTag(SpanTags.Escalated, outcome.Escalated)
            .SetTag(SpanTags.Status, outcome.Status);
        if (outcome.Delivered is { } delivered)
            root.Describe(delivered);
        else
            root.SetTag(SpanTags.ErrorType, outcome.Status).SetStatus(ActivityStatusCode.Error);
    }

    // What is elsewhere has its span already. A member that gave no token was never seen to begin.
    private static void AddPass(SpanMaker spans, CascadePass pass)
    {
        GenerationResult result = pass.Result;
        if (pass.IsElsewhere || result.SubmittedAt == 0 || result.OutputTokens == 0)
            return;
        long began = result.SubmittedAt + Ticks(result.QueueTime);
        long first = result.SubmittedAt + Ticks(result.TimeToFirstToken);
        if (result.QueueTime > TimeSpan.Zero)
            spans.Add("queue", result.SubmittedAt, began, pass.Member);
        Activity? prefill = spans.Begin("prefill", began, pass.Member);
        prefill?.SetTag(SpanTags.InputTokens, result.PromptTokens).SetTag(SpanTags.CachedTokens, result.CachedTokens);
        spans.End(prefill, first);
        Activity? decode = spans.Begin("decode", first, pass.Member);
        decode?.Describe(result);
        if (pass.Failure is not null)
            decode?.SetTag(SpanTags.ErrorType, "failed").SetStatus(ActivityStatusCode.Error);
        long last = result.SubmittedAt + Ticks(result.EndToEnd);
        spans.End(decode, last);
        if (result.Draft is { Verified: > 0, BeganAt: > 0 } draft)
        {
            Activity? verify = spans.Begin("verify", draft.BeganAt, pass.Member);
            verify?.SetTag(SpanTags.DraftVerified, draft.Verified).SetTag(SpanTags.DraftReused, draft.Reused);
            // A step goes on for a moment when the answer's last token is there.
            spans.End(verify, Math.Min(draft.EndedAt, last));
        }
    }

    private static void AddVerdict(SpanMaker spans, CascadeVerdict verdict)
    {
        if (verdict.FellAt == 0)
            return;
        Activity? judge = spans.Begin("judge", verdict.BeganAt > 0 ? verdict.BeganAt : verdict.FellAt, verdict.Member);
        judge?.SetTag(SpanTags.Verdict, verdict.Accepted ? "accept" : "reject")
            .SetTag(SpanTags.Early, verdict.Early)
            .SetTag(SpanTags.AcceptProbability, verdict.AcceptProbability)
            .SetTag(SpanTags.TargetProbability, verdict.TargetProbability);
        spans.End(judge, verdict.FellAt);
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Makes spans below another one, of times as <see cref="Stopwatch.GetTimestamp"/> gives them.</summary>
    private readonly struct SpanMaker(Activity root)
    {
        private readonly long _now = Stopwatch.GetTimestamp();
        private readonly DateTime _time = DateTime.UtcNow;

        public void Add(string name, long from, long to, string? member = null) => End(Begin(name, from, member), to);

        public Activity? Begin(string name, long at, string? member) =>
            Spans.Source.StartActivity(name, ActivityKind.Internal, root.Context, startTime: At(at))?.SetTag(SpanTags.Member, member);

        public void End(Activity? span, long at)
        {
            span?.SetEndTime(At(at));
            span?.Dispose();
        }

        // Two clocks never agree to the last digit: no part begins before the whole or ends after now.
        private DateTime At(long timestamp)
        {
            DateTime time = _time - Stopwatch.GetElapsedTime(timestamp, _now);
            return time < root.StartTimeUtc ? root.StartTimeUtc : time > _time ? _time : time;
        }
    }
}
