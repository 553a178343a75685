using System.Diagnostics;

namespace CascadeLocal.Cascade.Traces;

/// <summary>
/// The span of a request, from its arrival until its answer was sent. It is current on the request's way, where <see cref="SpanObserver"/>
/// finds it. Nothing of it exists where nobody listens.
/// </summary>
internal sealed class RequestSpan : IDisposable
{
    private readonly Activity _activity;

    private RequestSpan(Activity activity) => _activity = activity;

    /// <summary>Where in the trace its parts stand.</summary>
    public TraceContext Context => _activity.ToContext();

    /// <summary>Begins it, as a part of the trace that the request came with; null where nobody wants it.</summary>
    public static RequestSpan? Begin(GenerationRequest request)
    {
        if (!Spans.Source.HasListeners())
            return null;
        // What the framework has current here nobody exports, so it can be no parent.
        Activity.Current = null;
        Activity? activity = Spans.Source.StartActivity(
            "chat", ActivityKind.Server, request.Trace.ToParent(isRemote: true),
            startTime: DateTimeOffset.UtcNow - Stopwatch.GetElapsedTime(request.ReceivedAt));
        return activity is null ? null : new(activity);
    }

    /// <summary>Ends it. Of a request that no member took there is no more to say than that.</summary>
    public void Dispose()
    {
        if (_activity.IsAllDataRequested && _activity.GetTagItem(SpanTags.Status) is null)
        {
            _activity.SetTag(SpanTags.ErrorType, "refused");
            _activity.SetStatus(ActivityStatusCode.Error);
        }

        _activity.Dispose();
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
