using System.Collections.Concurrent;
using System.Diagnostics;

using CascadeLocal.Cascade.Traces;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Traces;

/// <summary>Listens to the spans of requests, as OpenTelemetry's SDK does, and keeps those that ended.</summary>
internal sealed class SpanRecorder : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    /// <param name="sampling">What is kept of every span.</param>
    public SpanRecorder(ActivitySamplingResult sampling = ActivitySamplingResult.AllDataAndRecorded)
    {
        _listener = new()
        {
            ShouldListenTo = source => source.Name == Spans.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => sampling,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The spans of requests, in the order they ended.</summary>
    public IEnumerable<Activity> Requests => _ended.Where(span => span.Kind == ActivityKind.Server);

    /// <summary>All spans that ended, once so many requests have.</summary>
    public async Task<Trace> EndOfAsync(int requests = 1)
    {
        // The answer is with the client a moment before its span ends.
        await Wait.UntilAsync(() => Requests.Count() >= requests);
        return new Trace([.. _ended]);
    }

    public void Dispose() => _listener.Dispose();
}

/// <summary>Spans that ended.</summary>
internal sealed record Trace(IReadOnlyList<Activity> Spans)
{
    /// <summary>The only request.</summary>
    public Activity Root => Assert.Single(Spans, span => span.Kind == ActivityKind.Server);

    /// <summary>The parts of a request by when they began, as <c>decode nano</c>.</summary>
    public string[] PartsOf(Activity root) =>
        [.. Below(root).OrderBy(span => span.StartTimeUtc).Select(span => $"{span.DisplayName} {span.GetTagItem("cascade.member")}".TrimEnd())];

    /// <summary>The parts of a request.</summary>
    public IEnumerable<Activity> Below(Activity root) => Spans.Where(span => span.ParentSpanId == root.SpanId);

    /// <summary>The part of that name.</summary>
    public Activity Part(string name, string? member = null) =>
        Assert.Single(Spans, span => span.DisplayName == name && (string?)span.GetTagItem("cascade.member") == member);
}
