using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Server.Http;

namespace CascadeLocal.Server.Dashboard;

/// <summary>
/// What the dashboard shows: the requests that run, the last ones that ended, and a feed of what changes. Nothing is written
/// out on a request's own path; readers do that for themselves. Thread-safe.
/// </summary>
internal sealed class DashboardFeed : ICascadeObserver, IDisposable
{
    private const int RecentRequests = 200;
    private const int MaxReaders = 16;
    private const int MaxReadersOfKey = MaxReaders / 2;

    private static readonly TimeSpan MemberInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, LiveRequest> _live = new();
    private readonly Queue<CascadeOutcome> _recent = new();
    private readonly Timer _timer;
    private volatile Subscription[] _readers = [];
    private DashboardTotals _totals;
    private bool _closed;

    public DashboardFeed(ModelPool pool, ServerState state)
    {
        _timer = new Timer(_ => Publish(json => DashboardWriter.WriteMembers(json, state.Name, pool)), null, MemberInterval, MemberInterval);
    }

    /// <summary>The requests that run, the oldest first.</summary>
    public IReadOnlyList<LiveRequest> Live => [.. _live.Values.OrderBy(r => r.Decision.Time)];

    /// <summary>The last requests that ended, the oldest first, and the counts of all.</summary>
    public (IReadOnlyList<CascadeOutcome> Recent, DashboardTotals Totals) Ended
    {
        get
        {
            lock (_lock)
                return ([.. _recent], _totals);
        }
    }

    /// <summary>Adds a reader; null if there are too many, of all or of its key, or the server stops.</summary>
    /// <param name="key">Tells the readers of one key from others'; null where there are no keys.</param>
    public Subscription? TrySubscribe(string? key)
    {
        lock (_lock)
        {
            if (_closed || _readers.Length >= MaxReaders || (key is not null && _readers.Count(r => r.Key == key) >= MaxReadersOfKey))
                return null;
            Subscription reader = new(key);
            _readers = [.. _readers, reader];
            return reader;
        }
    }

    public void Unsubscribe(Subscription reader)
    {
        lock (_lock)
            _readers = [.. _readers.Where(r => r != reader)];
    }

    /// <inheritdoc/>
    public void OnDecided(CascadeDecision decision)
    {
        _live[decision.Id] = new LiveRequest(decision);
        Publish(json => DashboardWriter.WriteDecided(json, decision));
    }

    /// <inheritdoc/>
    public void OnJudged(CascadeVerdict verdict)
    {
        if (_live.TryGetValue(verdict.Id, out LiveRequest? request))
            _live.TryUpdate(verdict.Id, request with { Verdict = verdict }, request);
        Publish(json => DashboardWriter.WriteJudged(json, verdict));
    }

    /// <inheritdoc/>
    public void OnCompleted(CascadeOutcome outcome)
    {
        _live.TryRemove(outcome.Decision.Id, out _);
        lock (_lock)
        {
            _recent.Enqueue(outcome);
            if (_recent.Count > RecentRequests)
                _recent.Dequeue();
            _totals = new(
                _totals.Requests + 1,
                _totals.Escalated + (outcome.Escalated ? 1 : 0),
                _totals.Failed + (outcome.End is RequestEnd.MemberFailed or RequestEnd.Faulted ? 1 : 0),
                _totals.Novel + (outcome.Decision.IsNovel ? 1 : 0));
        }

        Publish(json => DashboardWriter.WriteCompleted(json, outcome));
    }

    /// <summary>Ends all readers and takes no new ones.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            foreach (Subscription reader in _readers)
                reader.Complete();
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Publish(Action<Utf8JsonWriter> write)
    {
        foreach (Subscription reader in _readers)
            reader.Publish(write);
    }
}

/// <summary>Requests that ended since the start.</summary>
/// <param name="Requests">All of them.</param>
/// <param name="Escalated">Those whose first answer was rejected.</param>
/// <param name="Failed">Those that failed, not those that were left.</param>
/// <param name="Novel">Those unlike all that the policy was fitted to.</param>
internal readonly record struct DashboardTotals(long Requests = 0, long Escalated = 0, long Failed = 0, long Novel = 0);

/// <summary>A request that runs.</summary>
/// <param name="Decision">How it began.</param>
/// <param name="Verdict">The last verdict on an answer to it, if there was one.</param>
internal sealed record LiveRequest(CascadeDecision Decision, CascadeVerdict? Verdict = null);

/// <summary>One reader of the feed. A reader that lags too far behind is dropped; it can come back and begin anew.</summary>
internal sealed class Subscription(string? key)
{
    private const int Capacity = 512;

    private readonly Channel<Action<Utf8JsonWriter>> _events =
        Channel.CreateBounded<Action<Utf8JsonWriter>>(new BoundedChannelOptions(Capacity) { SingleReader = true });

    /// <summary>The key that it came with; null for none.</summary>
    public string? Key => key;

    /// <summary>The events, each as what writes it; ends when the reader is dropped or the server stops.</summary>
    public ChannelReader<Action<Utf8JsonWriter>> Events => _events.Reader;

    public void Publish(Action<Utf8JsonWriter> write)
    {
        if (!_events.Writer.TryWrite(write))
            Complete();
    }

    public void Complete() => _events.Writer.TryComplete();
}
