using System.Diagnostics;
using System.Text.Json;

namespace CascadeLocal.Cascade.Traces;

/// <summary>Where the spans of requests come from.</summary>
public static class Spans
{
    /// <summary>The name of the source.</summary>
    public const string SourceName = "CascadeLocal";

    internal static ActivitySource Source { get; } = new(SourceName);
}

/// <summary>The names of attributes: OpenTelemetry's conventions for generative AI, and our own.</summary>
internal static class SpanTags
{
    public const string Operation = "gen_ai.operation.name";
    public const string Provider = "gen_ai.provider.name";
    public const string RequestModel = "gen_ai.request.model";
    public const string ResponseModel = "gen_ai.response.model";
    public const string ResponseId = "gen_ai.response.id";
    public const string FinishReasons = "gen_ai.response.finish_reasons";
    public const string InputTokens = "gen_ai.usage.input_tokens";
    public const string OutputTokens = "gen_ai.usage.output_tokens";
    public const string Dimensions = "gen_ai.embeddings.dimension.count";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";
    public const string ErrorType = "error.type";

    /// <summary>Who provides the models that are here.</summary>
    public const string OwnName = "cascadelocal";

    public const string Member = "cascade.member";
    public const string Cluster = "cascade.cluster";
    public const string Path = "cascade.path";
    public const string Reason = "cascade.reason";
    public const string Policy = "cascade.policy";
    public const string Guarantee = "cascade.guarantee";
    public const string GuaranteeReason = "cascade.guarantee_reason";
    public const string Escalated = "cascade.escalated";
    public const string Status = "cascade.status";
    public const string Agrees = "cascade.agrees";
    public const string Tokens = "cascade.tokens";
    public const string CachedTokens = "cascade.cached_tokens";
    public const string Verdict = "cascade.verdict";
    public const string Early = "cascade.early";
    public const string AcceptProbability = "cascade.accept_probability";
    public const string TargetProbability = "cascade.target_probability";
    public const string DraftVerified = "cascade.draft.verified";
    public const string DraftReused = "cascade.draft.reused";
}

/// <summary>What several spans have in common.</summary>
internal static class SpanExtensions
{
    /// <summary>The parent of a span; none where it is not known.</summary>
    public static ActivityContext ToParent(this TraceContext? trace, bool isRemote) =>
        trace is not null && ActivityContext.TryParse(trace.Parent, trace.State, isRemote, out ActivityContext parent) ? parent : default;

    /// <summary>Where in the trace the parts of a span stand.</summary>
    public static TraceContext ToContext(this Activity activity) => new(activity.Id!, activity.TraceStateString);

    /// <summary>Says how an answer went.</summary>
    public static void Describe(this Activity activity, GenerationResult result) => activity
        .SetTag(SpanTags.InputTokens, result.PromptTokens)
        .SetTag(SpanTags.OutputTokens, result.OutputTokens)
        .SetTag(SpanTags.CachedTokens, result.CachedTokens)
        .SetTag(SpanTags.FinishReasons, new[] { Word(result.FinishReason) });

    /// <summary>The word for a value, as logs have it.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}

/// <summary>
/// The span of a request, from its arrival until its answer was sent. It is current on the request's way, where <see cref="SpanObserver"/>
/// finds it. Nothing of it exists where nobody listens.
/// </summary>
public sealed class RequestSpan : IDisposable
{
    internal const string Shadow = "shadow";

    private readonly Activity _activity;

    private RequestSpan(Activity activity) => _activity = activity;

    /// <summary>Where in the trace its parts stand.</summary>
    internal TraceContext Context => _activity.ToContext();

    /// <summary>Begins it, as a part of the trace that the request came with; null where nobody wants it.</summary>
    internal static RequestSpan? Begin(GenerationRequest request) =>
        Start("chat", ActivityKind.Server, request.Trace.ToParent(isRemote: true), since: Stopwatch.GetElapsedTime(request.ReceivedAt));

    /// <summary>Begins that of a request that nobody decodes for; null where nobody wants it.</summary>
    /// <param name="name">What is asked for.</param>
    /// <param name="trace">The trace that it came with.</param>
    public static RequestSpan? Begin(string name, TraceContext? trace) => Start(name, ActivityKind.Server, trace.ToParent(isRemote: true));

    /// <summary>
    /// Begins that of what is worked out beside a request: a trace of its own, since the request's has ended, with a link to that. Null where
    /// nobody wants it or the request's was not recorded.
    /// </summary>
    internal static RequestSpan? BeginShadow(TraceContext? request)
    {
        ActivityContext shadowed = request.ToParent(isRemote: false);
        return shadowed.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? Start(Shadow, ActivityKind.Internal, default, new ActivityLink(shadowed)) : null;
    }

    /// <summary>Says where the request came to.</summary>
    /// <param name="address">The server's address.</param>
    /// <param name="port">Its port; 0 where it is not known.</param>
    public void SetServer(string address, int port) => _activity.SetTag(SpanTags.ServerAddress, address).SetTag(SpanTags.ServerPort, port == 0 ? null : port);

    /// <summary>The request was one for vectors, and is answered.</summary>
    /// <param name="model">The embedder.</param>
    /// <param name="tokens">The tokens of all texts.</param>
    /// <param name="dimensions">The length of a vector.</param>
    public void AnswerEmbeddings(string model, int tokens, int dimensions)
    {
        Answer(model);
        _activity.SetTag(SpanTags.Operation, _activity.OperationName)
            .SetTag(SpanTags.Provider, SpanTags.OwnName)
            .SetTag(SpanTags.RequestModel, model)
            .SetTag(SpanTags.ResponseModel, model)
            .SetTag(SpanTags.InputTokens, tokens)
            .SetTag(SpanTags.Dimensions, dimensions);
    }

    /// <summary>The request was one about tokens, for which the conventions have no word, and is answered.</summary>
    /// <param name="member">Whose tokens.</param>
    /// <param name="tokens">How many; null where they were not counted.</param>
    public void AnswerTokens(string member, int? tokens)
    {
        Answer(member);
        _activity.SetTag(SpanTags.Member, member).SetTag(SpanTags.Tokens, tokens);
    }

    /// <summary>Ends it. Of a request that nobody took there is no more to say than that.</summary>
    public void Dispose()
    {
        if (_activity.IsAllDataRequested && _activity.GetTagItem(SpanTags.Status) is null)
        {
            _activity.SetTag(SpanTags.ErrorType, "refused");
            _activity.SetStatus(ActivityStatusCode.Error);
        }

        _activity.Dispose();
    }

    private static RequestSpan? Start(string name, ActivityKind kind, ActivityContext parent, ActivityLink? link = null, TimeSpan since = default)
    {
        if (!Spans.Source.HasListeners())
            return null;
        // What the framework has current here nobody exports, so it can be no parent.
        Activity.Current = null;
        Activity? activity = Spans.Source.StartActivity(
            name, kind, parent, links: link is { } linked ? [linked] : null, startTime: DateTimeOffset.UtcNow - since);
        return activity is null ? null : new(activity);
    }

    private void Answer(string model)
    {
        _activity.DisplayName = $"{_activity.OperationName} {model}";
        _activity.SetTag(SpanTags.Status, "ok");
    }
}

/// <summary>
/// The span of a member's work elsewhere. It has to exist before it is known how it goes: the endpoint is told of it, so that what it
/// does there hangs below.
/// </summary>
internal sealed class RemoteSpan : IDisposable
{
    private readonly Activity _activity;

    private RemoteSpan(Activity activity) => _activity = activity;

    /// <summary>What the endpoint is told.</summary>
    public TraceContext Context => _activity.ToContext();

    /// <summary>Begins it; null where nobody wants it, and where the request stands in no trace.</summary>
    /// <param name="member">The member.</param>
    /// <param name="endpoint">Its address; null where it is not known.</param>
    /// <param name="request">Where the request stands.</param>
    public static RemoteSpan? Begin(string member, string? endpoint, TraceContext? request)
    {
        if (request is null || !Spans.Source.HasListeners())
            return null;
        if (Spans.Source.StartActivity("remote", ActivityKind.Client, request.ToParent(isRemote: false)) is not { } activity)
            return null;
        activity.SetTag(SpanTags.Member, member).SetTag(SpanTags.Operation, "chat");
        if (Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? address))
            activity.SetTag(SpanTags.ServerAddress, address.Host).SetTag(SpanTags.ServerPort, address.Port);
        return new(activity);
    }

    /// <summary>The endpoint did not take the request.</summary>
    public void Refuse(Exception reason)
    {
        Fail(reason is MemberException refusal ? refusal.Word : "cancelled");
        _activity.Dispose();
    }

    /// <summary>The answer has ended.</summary>
    public void End(GenerationResult result, MemberException? failure)
    {
        _activity.Describe(result);
        if (failure is not null)
            Fail(failure.Word);
        _activity.Dispose();
    }

    /// <summary>Ends it, if that was not done.</summary>
    public void Dispose() => _activity.Dispose();

    private void Fail(string word) => _activity.SetTag(SpanTags.ErrorType, word).SetStatus(ActivityStatusCode.Error);
}

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
        if (outcome.PlacedAt > 0)
            spans.Add("queue", outcome.DecidedAt, outcome.PlacedAt);
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
