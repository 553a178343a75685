using System.Diagnostics;

namespace CascadeLocal.Cascade.Traces;

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
