using CascadeLocal.Cascade.Requests;

using CsCheck;

using Xunit;

namespace CascadeLocal.Server.Tests.Requests;

/// <summary>The door against a plain model of it.</summary>
public sealed class AdmissionProperties
{
    private enum Kind
    {
        Enter,
        Leave,
        GiveUp,
        EnterBackground,
        LeaveBackground,
    }

    private sealed record Step(Kind Kind, int Key, int Which);

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Frequency((5, Gen.Const(Kind.Enter)), (2, Gen.Const(Kind.Leave)), (1, Gen.Const(Kind.GiveUp)), (1, Gen.Const(Kind.EnterBackground)), (1, Gen.Const(Kind.LeaveBackground))),
        Gen.Int[0, 3],
        Gen.Int[0, 100],
        (kind, key, which) => new Step(kind, key, which));

    private static readonly Gen<(int Slots, int MaxWaiting, Step[] Steps)> Cases = Gen.Select(Gen.Int[1, 3], Gen.Int[0, 6], Steps.Array[0, 60]);

    [Fact]
    public Task It_lets_in_keeps_waiting_and_turns_away_whom_it_should() =>
        Cases.SampleAsync(async c => await new Comparison(c.Slots, c.MaxWaiting).RunAsync(c.Steps), iter: 2_000, threads: 1);

    [Fact]
    public async Task A_key_with_one_request_waits_behind_one_turn_of_every_other()
    {
        Admission door = new(_ => 1, 100);
        AdmissionTicket first = await door.EnterAsync("busy", CancellationToken.None);
        await door.EnterAsync("busy", CancellationToken.None);
        Task<AdmissionTicket>[] busy = [.. Enumerable.Range(0, 50).Select(_ => door.EnterAsync("busy", CancellationToken.None).AsTask())];
        Task<AdmissionTicket>[] other = [.. Enumerable.Range(0, 50).Select(_ => door.EnterAsync("other", CancellationToken.None).AsTask())];
        Task<AdmissionTicket> rare = door.EnterAsync("rare", CancellationToken.None).AsTask();

        AdmissionTicket last = first;
        foreach (Task<AdmissionTicket> turn in (Task<AdmissionTicket>[])[busy[0], other[0], rare, busy[1], other[1], busy[2]])
        {
            last.Dispose();
            last = await turn;
        }
    }

    [Fact]
    public async Task The_largest_key_gives_up_its_newest_for_one_that_has_fewer()
    {
        Admission door = new(_ => 1, 3);
        await door.EnterAsync("a", CancellationToken.None);
        await door.EnterAsync("a", CancellationToken.None);
        Task<AdmissionTicket>[] a = [.. Enumerable.Range(0, 3).Select(_ => door.EnterAsync("a", CancellationToken.None).AsTask())];

        Task<AdmissionTicket> b = door.EnterAsync("b", CancellationToken.None).AsTask();

        await Assert.ThrowsAsync<QueueFullException>(() => a[2]);
        Assert.Equal((false, false, false), (a[0].IsCompleted, a[1].IsCompleted, b.IsCompleted));
        // Now both have as many, or would have.
        await Assert.ThrowsAsync<QueueFullException>(() => door.EnterAsync("b", CancellationToken.None).AsTask());
        await Assert.ThrowsAsync<QueueFullException>(() => door.EnterAsync("a", CancellationToken.None).AsTask());
        Assert.Equal(3, door.Waiting);
    }

    [Fact]
    public async Task Further_answers_of_a_request_wait_for_their_keys_turn_and_are_not_turned_away()
    {
        Admission door = new(_ => 1, 1);
        AdmissionTicket first = await door.EnterAsync("greedy", RequestPriority.Normal, "m", CancellationToken.None);
        AdmissionTicket second = await first.EnterAnotherAsync("m", CancellationToken.None);
        Task<AdmissionTicket> third = first.EnterAnotherAsync("m", CancellationToken.None).AsTask(), fourth = first.EnterAnotherAsync("m", CancellationToken.None).AsTask();
        Assert.Equal((2, 2), (door.Inside, door.Waiting));

        second.Dispose();
        AdmissionTicket now = await third;
        Task<AdmissionTicket> last = first.EnterAnotherAsync("m", CancellationToken.None).AsTask();
        Task<AdmissionTicket> other = door.EnterAsync("other", RequestPriority.Normal, null, CancellationToken.None).AsTask();
        ValueTask<bool> placed = (await other).EnterAsync("m", CancellationToken.None);
        await Assert.ThrowsAsync<QueueFullException>(() => door.EnterAsync("third", RequestPriority.Normal, "m", CancellationToken.None).AsTask());
        first.Leave();
        await fourth;
        now.Dispose();

        Assert.True(await placed);
        Assert.False(last.IsCompleted);
    }

    [Fact]
    public async Task Whoever_is_for_a_full_member_keeps_nobody_waiting_who_is_for_another()
    {
        Admission door = new(member => member is null ? 2 : 1, 8);
        Task<AdmissionTicket> EnterAsync(string? member) => door.EnterAsync("a", RequestPriority.Normal, member, CancellationToken.None).AsTask();
        List<Task<AdmissionTicket>> slow = [.. Enumerable.Range(0, 6).Select(_ => EnterAsync("slow"))];
        AdmissionTicket undecided = await EnterAsync(null);
        ValueTask<bool> decided = undecided.EnterAsync("slow", CancellationToken.None);
        Assert.Equal((2, 5, false), (door.Inside, door.Waiting, decided.IsCompleted));

        AdmissionTicket quick = await EnterAsync("quick");
        AdmissionTicket escalated = await EnterAsync("quick");
        Task<AdmissionTicket> next = EnterAsync("quick");
        Assert.False(next.IsCompleted);
        escalated.Move("slow");
        (await next).Dispose();
        quick.Dispose();

        // What was moved has no place of its own: two have to leave before the next comes in.
        (await slow[0]).Dispose();
        Assert.False(slow[2].IsCompleted);
        escalated.Dispose();
        foreach (Task<AdmissionTicket> one in slow[1..])
            (await one).Dispose();
        Assert.True(await decided);
        undecided.Dispose();
        Assert.Equal((0, 0), (door.Inside, door.Waiting));
    }

    [Fact]
    public async Task Background_requests_take_no_place_from_others_and_wait_behind_them()
    {
        Admission door = new(_ => 1, 3);
        Task<AdmissionTicket> EnterAsync(string key, RequestPriority priority) => door.EnterAsync(key, priority, null, CancellationToken.None).AsTask();
        AdmissionTicket first = await EnterAsync("batch", RequestPriority.Background), second = await EnterAsync("batch", RequestPriority.Background);
        Task<AdmissionTicket>[] batch = [.. Enumerable.Range(0, 3).Select(_ => EnterAsync("batch", RequestPriority.Background))];

        // The members end what is background, or serve it last.
        AdmissionTicket[] web = [await EnterAsync("web", RequestPriority.Normal), await EnterAsync("web", RequestPriority.Normal)];
        Task<AdmissionTicket>[] next = [EnterAsync("web", RequestPriority.Normal), EnterAsync("web", RequestPriority.Normal)];
        await Assert.ThrowsAsync<QueueFullException>(() => batch[2]);
        await Assert.ThrowsAsync<QueueFullException>(() => batch[1]);
        await Assert.ThrowsAsync<QueueFullException>(() => EnterAsync("other", RequestPriority.Background));

        first.Dispose();
        second.Dispose();
        foreach (AdmissionTicket ticket in web)
            ticket.Dispose();
        await next[0];
        AdmissionTicket last = await next[1];
        Assert.False(batch[0].IsCompleted);
        last.Dispose();
        await batch[0];
    }

    [Fact]
    public async Task A_ticket_that_is_given_back_twice_counts_once()
    {
        Admission door = new(_ => 1, 0);
        AdmissionTicket ticket = await door.EnterAsync("a", CancellationToken.None);

        ticket.Dispose();
        ticket.Dispose();
        await door.EnterAsync("a", CancellationToken.None);

        await Assert.ThrowsAsync<QueueFullException>(() => door.EnterAsync("a", CancellationToken.None).AsTask());
    }

    [Fact]
    public async Task Members_that_come_let_in_whoever_waits()
    {
        int slots = 1;
        Admission door = new(_ => slots, 4);
        await door.EnterAsync("a", CancellationToken.None);
        await door.EnterAsync("a", CancellationToken.None);
        Task<AdmissionTicket> waits = door.EnterAsync("a", CancellationToken.None).AsTask();

        slots = 2;
        Task<AdmissionTicket> next = door.EnterAsync("a", CancellationToken.None).AsTask();

        await Task.WhenAll(waits, next);
    }

    [Fact]
    public async Task From_many_threads_it_is_never_too_full_and_at_the_end_empty()
    {
        const int Slots = 3, MaxWaiting = 8;
        Admission door = new(_ => Slots, MaxWaiting);
        int inside = 0, most = 0;
        Task[] clients = [.. Enumerable.Range(0, 16).Select(client => Task.Run(async () =>
        {
            Random random = new(client);
            for (int i = 0; i < 200; i++)
            {
                using CancellationTokenSource patience = new();
                try
                {
                    ValueTask<AdmissionTicket> entering = door.EnterAsync($"key {random.Next(4)}", patience.Token);
                    if (random.Next(3) == 0)
                        await patience.CancelAsync();
                    using AdmissionTicket ticket = await entering;
                    InterlockedMax(ref most, Interlocked.Increment(ref inside));
                    await Task.Yield();
                    Interlocked.Decrement(ref inside);
                }
                catch (Exception e) when (e is QueueFullException or OperationCanceledException)
                {
                    await Task.Yield();
                }
            }
        }))];

        await Task.WhenAll(clients);

        Assert.InRange(most, 1, Slots + Math.Min(Slots, MaxWaiting));
        Assert.Equal((0, 0), (door.Inside, door.Waiting));
        using AdmissionTicket? background = door.TryEnterBackground();
        Assert.NotNull(background);
    }

    private static void InterlockedMax(ref int most, int now)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < now && Interlocked.CompareExchange(ref most, now, seen) != seen)
        {
        }
    }

    /// <summary>The door, and lists that do the same in the plainest way.</summary>
    private sealed class Comparison(int slots, int maxWaiting)
    {
        private readonly Admission _door = new(_ => slots, maxWaiting);
        private readonly List<(int Key, Task<AdmissionTicket> Task)> _inside = [];
        private readonly List<List<(int Key, Task<AdmissionTicket> Task, CancellationTokenSource Patience)>> _turns = [];
        private readonly List<AdmissionTicket> _background = [];

        private int Room => slots + Math.Min(slots, maxWaiting);

        private int Waiting => _turns.Sum(turn => turn.Count);

        public async Task RunAsync(Step[] steps)
        {
            foreach (Step step in steps)
            {
                await DoAsync(step);
                Assert.Equal((_inside.Count, Waiting), (_door.Inside, _door.Waiting));
                foreach ((_, Task<AdmissionTicket> task) in _inside)
                    await task;
                Assert.DoesNotContain(_turns.SelectMany(turn => turn), waiter => waiter.Task.IsCompleted);
            }
        }

        private async Task DoAsync(Step step)
        {
            switch (step.Kind)
            {
                case Kind.Enter:
                    await EnterAsync(step.Key);
                    break;
                case Kind.Leave when _inside.Count > 0:
                    (_, Task<AdmissionTicket> leaving) = _inside[step.Which % _inside.Count];
                    _inside.RemoveAt(step.Which % _inside.Count);
                    LetIn();
                    (await leaving).Dispose();
                    break;
                case Kind.GiveUp when _turns.Count > 0:
                    var turn = _turns[step.Which % _turns.Count];
                    var waiter = turn[step.Key % turn.Count];
                    turn.Remove(waiter);
                    _turns.RemoveAll(t => t.Count == 0);
                    await waiter.Patience.CancelAsync();
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiter.Task);
                    break;
                case Kind.EnterBackground:
                    bool hasRoom = Waiting == 0 && _inside.Count + _background.Count < slots;
                    AdmissionTicket? ticket = _door.TryEnterBackground();
                    Assert.Equal(hasRoom, ticket is not null);
                    if (ticket is not null)
                        _background.Add(ticket);
                    break;
                case Kind.LeaveBackground when _background.Count > 0:
                    _background[^1].Dispose();
                    _background.RemoveAt(_background.Count - 1);
                    break;
                default:
                    break;
            }
        }

        private async Task EnterAsync(int key)
        {
            int own = _turns.Find(t => t[0].Key == key)?.Count ?? 0;
            var largest = _turns.MaxBy(t => t.Count);
            bool isFull = Waiting >= maxWaiting && !(Waiting == 0 && _inside.Count < Room);
            CancellationTokenSource patience = new();
            if (isFull && (largest is null || largest.Count <= own + 1))
            {
                await Assert.ThrowsAsync<QueueFullException>(() => _door.EnterAsync($"{key}", patience.Token).AsTask());
                return;
            }

            Task<AdmissionTicket> entering = _door.EnterAsync($"{key}", patience.Token).AsTask();
            if (isFull)
            {
                var given = largest![^1];
                largest.RemoveAt(largest.Count - 1);
                await Assert.ThrowsAsync<QueueFullException>(() => given.Task);
            }

            if (_turns.Find(t => t[0].Key == key) is { } turn)
                turn.Add((key, entering, patience));
            else
                _turns.Add([(key, entering, patience)]);
            LetIn();
        }

        private void LetIn()
        {
            while (Waiting > 0 && _inside.Count < Room)
            {
                var turn = _turns[0];
                _turns.RemoveAt(0);
                _inside.Add((turn[0].Key, turn[0].Task));
                turn.RemoveAt(0);
                if (turn.Count > 0)
                    _turns.Add(turn);
            }
        }
    }
}

internal static class AdmissionExtensions
{
    public static ValueTask<AdmissionTicket> EnterAsync(this Admission door, string key, CancellationToken cancellationToken) =>
        door.EnterAsync(key, RequestPriority.Normal, member: null, cancellationToken);
}
