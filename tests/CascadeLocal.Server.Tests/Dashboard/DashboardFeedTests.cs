using System.Text.Json;

using CascadeLocal.Cascade.Pool;
using CascadeLocal.Server.Dashboard;
using CascadeLocal.Server.Http;
using CascadeLocal.Server.Tests.Testing;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Dashboard;

public sealed class DashboardFeedTests : IDisposable
{
    private readonly ModelPool _pool = new([TestServer.Member("nano")], NullLogger.Instance);
    private readonly DrainGate _gate = new();
    private readonly DashboardFeed _feed;

    public DashboardFeedTests() => _feed = new DashboardFeed(_pool, new ServerState(_pool, _gate));

    [Fact]
    public void A_request_is_live_from_its_decision_to_its_end_and_keeps_its_last_verdict()
    {
        CascadeVerdict verdict = new() { Id = "chatcmpl-2", Member = "nano", Accepted = false, EscalatesTo = "small" };
        CascadeOutcome outcome = Outcomes.Escalated();

        _feed.OnDecided(outcome.Decision);
        _feed.OnJudged(verdict);
        LiveRequest live = Assert.Single(_feed.Live);
        _feed.OnCompleted(outcome);

        Assert.Equal((outcome.Decision, verdict), (live.Decision, live.Verdict));
        Assert.Empty(_feed.Live);
        Assert.Same(outcome, Assert.Single(_feed.Ended.Recent));
    }

    [Fact]
    public void The_last_two_hundred_requests_are_kept_and_all_are_counted()
    {
        for (int i = 0; i < 300; i++)
            _feed.OnCompleted(i % 3 == 0 ? Outcomes.Escalated($"{i}") : i % 3 == 1 ? Outcomes.Failed($"{i}") : Outcomes.Accepted($"{i}"));

        (IReadOnlyList<CascadeOutcome> recent, DashboardTotals totals) = _feed.Ended;
        Assert.Equal(Enumerable.Range(100, 200).Select(i => $"{i}"), recent.Select(o => o.Decision.Id));
        Assert.Equal(new DashboardTotals(300, 100, 100), totals);

        CascadeOutcome known = Outcomes.Accepted();
        _feed.OnCompleted(known with { Decision = known.Decision with { IsNovel = true } });
        Assert.Equal(new DashboardTotals(301, 100, 100, 1), _feed.Ended.Totals);
    }

    [Fact]
    public async Task A_reader_that_lags_is_dropped_alone()
    {
        Subscription slow = _feed.TrySubscribe(null)!;
        Subscription fast = _feed.TrySubscribe(null)!;
        for (int i = 0; i < 1_000; i++)
        {
            _feed.OnDecided(Outcomes.Decision($"{i}"));
            while (fast.Events.TryRead(out _))
            {
            }
        }

        int left = 0;
        await foreach (Action<Utf8JsonWriter> _ in slow.Events.ReadAllAsync(TestContext.Current.CancellationToken))
            left++;
        Assert.InRange(left, 1, 999);
        Assert.False(fast.Events.Completion.IsCompleted);
    }

    [Fact]
    public void Readers_are_few_and_their_places_are_given_back()
    {
        List<Subscription> readers = [];
        while (_feed.TrySubscribe(null) is { } reader)
            readers.Add(reader);
        Assert.InRange(readers.Count, 1, 100);

        _feed.Unsubscribe(readers[0]);

        Assert.NotNull(_feed.TrySubscribe(null));
        Assert.Null(_feed.TrySubscribe(null));
    }

    [Fact]
    public void One_key_leaves_places_to_others()
    {
        int readers = 0;
        while (_feed.TrySubscribe("a") is not null)
            readers++;

        Assert.InRange(readers, 1, 100);
        Assert.NotNull(_feed.TrySubscribe("b"));
    }

    public void Dispose()
    {
        _feed.Dispose();
        _gate.Dispose();
        _pool.Dispose();
    }
}
