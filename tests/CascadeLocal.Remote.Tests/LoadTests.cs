using CascadeLocal.Contracts;

using CsCheck;

using Microsoft.Extensions.Time.Testing;

using Xunit;

namespace CascadeLocal.Remote.Tests;

/// <summary>How many requests an endpoint gets, in which order, and when it gets none.</summary>
public sealed class LoadTests
{
    private static readonly CircuitBreakerOptions Breaker = new() { MinimumRequests = 2, Window = TimeSpan.FromSeconds(60), OpenFor = TimeSpan.FromSeconds(10) };

    [Fact(Timeout = Remote.Deadline)]
    public async Task No_more_requests_than_the_limit_are_at_the_endpoint_and_the_rest_wait_by_priority()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(options => options with { Parallel = 1, MaxQueue = 3 });
        await using IAnswer running = await StartSilentAsync(endpoint, member);
        endpoint.Chat = Wire.AnswerWell;
        Task<ReadAnswer> background = member.ReadAsync(Remote.Ask("background") with { Priority = RequestPriority.Background });
        Task<ReadAnswer> first = member.ReadAsync(Remote.Ask("first"));
        Task<ReadAnswer> second = member.ReadAsync(Remote.Ask("second"));
        Assert.Equal(new MemberLoad(3, 1), member.Load);
        Assert.Equal(2, endpoint.Asked.Count);
        // What nobody waits for gives up its place; what somebody waits for keeps it.
        Task<ReadAnswer> third = member.ReadAsync(Remote.Ask("third"));
        await Assert.ThrowsAsync<QueueFullException>(() => background);
        QueueFullException full = await Assert.ThrowsAsync<QueueFullException>(() => member.ReadAsync(Remote.Ask("fourth")));
        Assert.Equal("3 requests are already waiting for this model.", full.Message);

        running.Stop();
        await Task.WhenAll(first, second, third);
        Assert.Equal(["first", "second", "third"], endpoint.Asked.Skip(2).Select(exchange => exchange.Json.GetProperty("messages")[0].GetProperty("content").GetString()));
        Assert.Equal(new MemberLoad(0, 0), member.Load);
    }

    [Theory(Timeout = Remote.Deadline)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_background_request_that_is_served_gives_way_where_another_would_wait(bool hasBegun)
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(options => options with { Parallel = 1 });
        Gate asked = new();
        endpoint.Chat = async exchange =>
        {
            if (hasBegun)
                await exchange.OpenAsync();
            asked.Open();
            await exchange.ClientLeftAsync();
        };
        Task<IAnswer> background = member.StartAsync(Remote.Ask() with { Priority = RequestPriority.Background }, null, Remote.Token).AsTask();
        await asked.WaitAsync();
        // What the endpoint has sent is not yet here.
        await using IAnswer? begun = hasBegun ? await background : null;
        endpoint.Chat = Wire.AnswerWell;

        Assert.Equal("One, two", (await member.ReadAsync()).Text);

        if (begun is not null)
            Assert.Equal(FinishReason.Displaced, (await begun.ReadWholeAsync()).Result.FinishReason);
        else
            await Assert.ThrowsAsync<QueueFullException>(() => background);
        Assert.Equal((RemoteCircuitState.Closed, new MemberLoad(0, 0)), (member.Circuit.State, member.Load));
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_request_that_is_taken_back_while_it_waits_leaves_the_queue()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(options => options with { Parallel = 1 });
        await using IAnswer running = await StartSilentAsync(endpoint, member);
        using CancellationTokenSource caller = new();
        Task<IAnswer> waiting = member.StartAsync(Remote.Ask(), null, caller.Token).AsTask();
        Assert.Equal(new MemberLoad(1, 1), member.Load);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(new MemberLoad(0, 1), member.Load);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_removed_member_sends_away_what_waits()
    {
        await using ScriptedEndpoint endpoint = new();
        RemoteMember member = await endpoint.ConnectAsync(options => options with { Parallel = 1 });
        await using IAnswer running = await StartSilentAsync(endpoint, member);
        Task<IAnswer> waiting = member.StartAsync(Remote.Ask(), null, Remote.Token).AsTask();
        member.Dispose();
        await Assert.ThrowsAsync<MemberUnavailableException>(() => waiting);
    }

    [Fact(Timeout = Remote.Deadline)]
    public Task Whoever_is_served_next_has_the_highest_priority_and_then_came_first() => Gen.Enum<RequestPriority>().Array[1, 20].SampleAsync(async priorities =>
    {
        SlotQueue queue = new(1, 20);
        SlotQueue.Slot slot = await queue.AcquireAsync(RequestPriority.Normal, CancellationToken.None);
        Task<SlotQueue.Slot>[] waiting = [.. priorities.Select(priority => queue.AcquireAsync(priority, CancellationToken.None))];
        List<int> served = [];
        while (queue.Load.Waiting > 0)
        {
            int before = queue.Load.Waiting;
            queue.Release(slot);
            Assert.Equal(new MemberLoad(before - 1, 1), queue.Load);
            // The next in order, and nobody else.
            int next = Enumerable.Range(0, waiting.Length).Except(served)
                .OrderByDescending(i => priorities[i]).ThenBy(i => i).First();
            slot = await waiting[next].WaitAsync(Remote.Token);
            served.Add(next);
        }

        queue.Release(slot);
        Assert.Equal(new MemberLoad(0, 0), queue.Load);
    }, iter: 200);

    [Fact(Timeout = Remote.Deadline)]
    public async Task An_endpoint_that_fails_is_left_alone_and_then_tried_by_one_request()
    {
        FakeTimeProvider clock = new(new DateTimeOffset(2025, 1, 2, 3, 4, 5, TimeSpan.Zero));
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(options => options with { Breaker = Breaker }, clock: clock);
        Assert.Equal(new RemoteCircuit(RemoteCircuitState.Closed, clock.GetUtcNow(), null, null), member.Circuit);
        endpoint.Chat = exchange => exchange.JsonAsync(500, "");
        for (int i = 0; i < 2; i++)
            await Assert.ThrowsAsync<MemberUnavailableException>(() => member.ReadAsync());
        RemoteCircuit open = member.Circuit;
        Assert.Equal(new RemoteCircuit(RemoteCircuitState.Open, clock.GetUtcNow(), clock.GetUtcNow().AddSeconds(10), "'strong' answers with status 500."), open);

        // Open: nobody asks.
        int asked = endpoint.Asked.Count;
        clock.Advance(TimeSpan.FromSeconds(9));
        MemberUnavailableException e = await Assert.ThrowsAsync<MemberUnavailableException>(() => member.ReadAsync());
        Assert.Equal("'strong' failed too often and is not asked until 03:04:15Z.", e.Message);
        Assert.Equal(asked, endpoint.Asked.Count);
        Assert.Equal(new MemberLoad(0, 0), member.Load);

        // Half-open: one asks, and fails.
        clock.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<MemberUnavailableException>(() => member.ReadAsync());
        Assert.Equal(asked + 1, endpoint.Asked.Count);
        Assert.Equal((RemoteCircuitState.Open, open.OpenUntil!.Value.AddSeconds(10)), (member.Circuit.State, member.Circuit.OpenUntil));

        // Half-open: one asks, others do not while it does, and it is well.
        clock.Advance(TimeSpan.FromSeconds(10));
        Gate asking = new(), answer = new();
        endpoint.Chat = async exchange =>
        {
            asking.Open();
            await answer.WaitAsync();
            await Wire.AnswerWell(exchange);
        };
        Task<ReadAnswer> trial = member.ReadAsync();
        await asking.WaitAsync();
        Assert.Equal(RemoteCircuitState.HalfOpen, member.Circuit.State);
        await Assert.ThrowsAsync<MemberUnavailableException>(() => member.ReadAsync());
        answer.Open();
        Assert.Equal("One, two", (await trial).Text);
        Assert.Equal((RemoteCircuitState.Closed, "'strong' answers with status 500."), (member.Circuit.State, member.Circuit.LastError));
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_clock_that_is_set_back_keeps_no_endpoint_alone_for_longer()
    {
        FakeTimeProvider elapsed = new();
        WallClock clock = new(elapsed);
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(options => options with { Breaker = Breaker }, clock: clock);
        endpoint.Chat = exchange => exchange.JsonAsync(500, "");
        for (int i = 0; i < 2; i++)
            await Assert.ThrowsAsync<MemberUnavailableException>(() => member.ReadAsync());
        endpoint.Chat = Wire.AnswerWell;

        clock.SetBack = TimeSpan.FromHours(1);
        elapsed.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("One, two", (await member.ReadAsync()).Text);
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Answers_that_break_open_the_circuit_too()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(options => options with { Breaker = Breaker });
        endpoint.Chat = exchange => exchange.OpenAsync();
        for (int i = 0; i < 2 && member.Circuit.State == RemoteCircuitState.Closed; i++)
            Assert.Equal("The connection to 'strong' broke in the middle of its answer.", (await member.ReadAsync()).Failure);
        Assert.Equal((RemoteCircuitState.Open, "The connection to 'strong' broke in the middle of its answer."), (member.Circuit.State, member.Circuit.LastError));
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task Refusals_full_queues_and_calls_of_tools_do_not_open_it()
    {
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(options => options with { Breaker = Breaker });
        foreach (int status in new[] { 400, 429, 400, 429 })
        {
            endpoint.Chat = exchange => exchange.JsonAsync(status, "");
            await Assert.ThrowsAnyAsync<MemberException>(() => member.ReadAsync());
        }

        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            await exchange.EventAsync(Wire.Finish("tool_calls"));
        };
        for (int i = 0; i < 4; i++)
            Assert.NotNull((await member.ReadAsync()).Failure);
        Assert.Equal((RemoteCircuitState.Closed, (string?)null), (member.Circuit.State, member.Circuit.LastError));
    }

    [Fact(Timeout = Remote.Deadline)]
    public async Task A_trial_that_is_taken_back_shows_nothing()
    {
        FakeTimeProvider clock = new();
        await using ScriptedEndpoint endpoint = new();
        using RemoteMember member = await endpoint.ConnectAsync(options => options with { Breaker = Breaker }, clock: clock);
        endpoint.Chat = exchange => exchange.JsonAsync(500, "");
        for (int i = 0; i < 2; i++)
            await Assert.ThrowsAsync<MemberUnavailableException>(() => member.ReadAsync());
        clock.Advance(TimeSpan.FromSeconds(10));
        Gate asking = new();
        endpoint.Chat = async exchange =>
        {
            asking.Open();
            await exchange.ClientLeftAsync();
        };
        using CancellationTokenSource caller = new();
        Task<IAnswer> trial = member.StartAsync(Remote.Ask(), null, caller.Token).AsTask();
        await asking.WaitAsync();
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => trial);
        Assert.Equal(RemoteCircuitState.Open, member.Circuit.State);
    }

    private static async Task<IAnswer> StartSilentAsync(ScriptedEndpoint endpoint, RemoteMember member)
    {
        endpoint.Chat = async exchange =>
        {
            await exchange.OpenAsync();
            await exchange.ClientLeftAsync();
        };
        return await member.StartAsync(Remote.Ask("running"), null, Remote.Token);
    }

    private sealed class WallClock(FakeTimeProvider elapsed) : TimeProvider
    {
        public TimeSpan SetBack { get; set; }

        public override long TimestampFrequency => elapsed.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => elapsed.GetUtcNow() - SetBack;

        public override long GetTimestamp() => elapsed.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            elapsed.CreateTimer(callback, state, dueTime, period);
    }
}
