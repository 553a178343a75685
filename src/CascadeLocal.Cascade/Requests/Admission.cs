namespace CascadeLocal.Cascade.Requests;

/// <summary>
/// The one door in front of everything that takes time. Behind it every member has places of its own, as many as requests it works on at
/// once and as many again, so that one that is slow keeps only those waiting that are for it; whoever does not know yet who answers has
/// the places of all together. Background requests take no place from others, to whom members give way; those who wait come in by priority,
/// and among equals the keys take turns, so that none crowds out the others. Of several answers to one request each has a place of its own. What nobody waits for comes in only where there is room to spare, and
/// never waits. Thread-safe.
/// </summary>
/// <param name="slots">Requests that a member works on at once, as it is now; of null, what all members do.</param>
/// <param name="maxWaiting">The most requests that wait, whoever they are for.</param>
public sealed class Admission(Func<string?, int> slots, int maxWaiting)
{
    private readonly Lock _lock = new();
    // Of every member that requests are inside for or wait for; the first is of those who do not know yet who answers.
    private readonly List<Lane> _lanes = [new(null)];
    private long _came;
    private int _waiting;
    // Those of them that wait for a further answer of a request that is inside: they are not turned away any more.
    private int _continuing;
    private int _inside;
    private int _background;

    /// <summary>Requests that wait at the door.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Places that are taken: one by a request, and one more by each further answer of it that has begun.</summary>
    public int Inside => Volatile.Read(ref _inside);

    /// <summary>Comes in as soon as it is this request's turn.</summary>
    /// <param name="key">The key that it counts for.</param>
    /// <param name="priority">Whom it goes before.</param>
    /// <param name="member">The member that it is for; null where that is not known yet.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Has to be given back when the request has ended.</returns>
    /// <exception cref="QueueFullException">As many wait already as may, or this one gave way to another.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<AdmissionTicket> EnterAsync(string key, RequestPriority priority, string? member, CancellationToken cancellationToken)
    {
        AdmissionTicket ticket = new(this, key, priority);
        await EnterAsync(ticket, member, cancellationToken);
        return ticket;
    }

    /// <summary>Comes in if there is room to spare; null if not.</summary>
    public AdmissionTicket? TryEnterBackground()
    {
        lock (_lock)
        {
            if (_waiting > 0 || _inside + _background >= Slots(null))
                return null;
            _background++;
            return new(this, key: "", RequestPriority.Background) { IsBackground = true };
        }
    }

    /// <summary>Gives back the place that a ticket has, and waits for one of another member.</summary>
    /// <returns>Whether it had to wait.</returns>
    internal async ValueTask<bool> EnterAsync(AdmissionTicket ticket, string? member, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Waiter? waiter = null;
        lock (_lock)
        {
            if (ticket.Lane is { } lane && lane.Member == member)
                return false;
            // More may be inside for one member than it has places for: they are not turned away any more.
            int mayWait = ticket.Lane is null ? maxWaiting : maxWaiting + Math.Max(0, Room(null) - Room(member));
            Leave(ticket);
            try
            {
                lane = LaneOf(member);
                if (!(lane.Next >= ticket.Priority) && HasRoom(lane, ticket.Priority))
                {
                    Take(ticket, lane);
                }
                else
                {
                    if (!ticket.HasBegun && _waiting - _continuing >= mayWait)
                        MakeRoomFor(ticket);
                    waiter = new(ticket, lane, _came++);
                    lane.Add(waiter);
                    Count(waiter, 1);
                }
            }
            finally
            {
                // A member may have come since somebody left, too.
                LetInWhileThereIsRoom();
            }
        }

        if (waiter is null)
            return false;
        await WaitAsync(waiter, cancellationToken);
        return true;
    }

    /// <summary>Counts a ticket for another member from now on, even where that has no place: who has begun does not wait here again.</summary>
    internal void Move(AdmissionTicket ticket, string? member)
    {
        lock (_lock)
        {
            Leave(ticket);
            if (member is not null)
                Take(ticket, LaneOf(member));
            LetInWhileThereIsRoom();
        }
    }

    internal void Return(AdmissionTicket ticket)
    {
        lock (_lock)
        {
            if (ticket.IsBackground)
                _background--;
            Leave(ticket);
            LetInWhileThereIsRoom();
        }
    }

    private int Slots(string? member) => Math.Max(1, slots(member));

    // Somebody is on the way to every slot, so that none stands idle between two requests.
    private bool HasRoom(Lane lane, RequestPriority priority) => lane.InsideFor(priority) < Room(lane.Member);

    private int Room(string? member)
    {
        int now = Slots(member);
        return now + Math.Min(now, maxWaiting);
    }

    private Lane LaneOf(string? member)
    {
        Lane? lane = _lanes.Find(each => each.Member == member);
        if (lane is null)
            _lanes.Add(lane = new Lane(member));
        return lane;
    }

    private void Take(AdmissionTicket ticket, Lane lane)
    {
        ticket.Lane = lane;
        lane.Count(ticket, 1);
        _inside++;
    }

    private void Leave(AdmissionTicket ticket)
    {
        if (ticket.Lane is not { } lane)
            return;
        ticket.Lane = null;
        lane.Count(ticket, -1);
        _inside--;
    }

    private void LetInWhileThereIsRoom()
    {
        foreach (Lane lane in _lanes)
        {
            while (lane.Next is { } next && HasRoom(lane, next))
            {
                Waiter first = lane.RemoveFirst();
                Count(first, -1);
                Take(first.Ticket, lane);
                first.Source.SetResult();
            }
        }

        // A request may name whatever it likes.
        _lanes.RemoveAll(lane => lane is { Member: not null, IsEmpty: true });
    }

    // Of those with the least priority the key with the most waiting gives one up, its newest: for a request that goes before it, and for an
    // equal one whose key has fewer even then.
    private void MakeRoomFor(AdmissionTicket ticket)
    {
        QueueFullException full = new($"{_waiting - _continuing} requests are already waiting.");
        Waiter[] waiting = [.. _lanes.SelectMany(lane => lane.Waiters).Where(waiter => !waiter.Ticket.HasBegun)];
        RequestPriority least = waiting.Select(waiter => waiter.Ticket.Priority).DefaultIfEmpty(ticket.Priority).Min();
        IGrouping<string, Waiter>[] keys = [.. waiting.Where(waiter => waiter.Ticket.Priority == least).GroupBy(waiter => waiter.Ticket.Key)];
        IGrouping<string, Waiter>? largest = keys.MaxBy(key => key.Count());
        int own = keys.FirstOrDefault(key => key.Key == ticket.Key)?.Count() ?? 0;
        bool givesWay = largest is not null && (ticket.Priority > least || (ticket.Priority == least && largest.Count() > own + 1));
        if (!givesWay)
            throw full;
        Waiter newest = largest!.MaxBy(waiter => waiter.Number)!;
        Remove(newest);
        newest.Source.TrySetException(full);
    }

    private void Remove(Waiter waiter)
    {
        waiter.Lane.Remove(waiter);
        Count(waiter, -1);
    }

    private void Count(Waiter waiter, int change)
    {
        _waiting += change;
        if (waiter.Ticket.HasBegun)
            _continuing += change;
    }

    private async ValueTask WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        try
        {
            await waiter.Source.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                // It may have been let in, or turned away, at the same moment.
                if (waiter.Queue is not null)
                    Remove(waiter);
                Leave(waiter.Ticket);
                LetInWhileThereIsRoom();
            }

            throw;
        }
    }

    /// <summary>The places of a member, and those who wait for them.</summary>
    /// <param name="member">The member; null for all.</param>
    internal sealed class Lane(string? member)
    {
        // Both by priority. Whoever's turn it is stands first; a key is in the list as long as it has requests waiting.
        private readonly LinkedList<KeyQueue>[] _turns = [new(), new()];
        private readonly int[] _inside = new int[2];

        public string? Member => member;

        /// <summary>The priority of whoever comes in next; null where nobody waits.</summary>
        public RequestPriority? Next => _turns[(int)RequestPriority.Normal].Count > 0 ? RequestPriority.Normal
            : _turns[(int)RequestPriority.Background].Count > 0 ? RequestPriority.Background : null;

        public bool IsEmpty => Next is null && InsideFor(RequestPriority.Background) == 0;

        /// <summary>Places that are taken as one of that priority sees it: those of lower ones do not count.</summary>
        public int InsideFor(RequestPriority priority) => _inside.Skip((int)priority).Sum();

        public void Count(AdmissionTicket ticket, int change) => _inside[(int)ticket.Priority] += change;

        public IEnumerable<Waiter> Waiters => _turns.SelectMany(turns => turns).SelectMany(queue => queue);

        public void Add(Waiter waiter)
        {
            LinkedList<KeyQueue> turns = _turns[(int)waiter.Ticket.Priority];
            KeyQueue? queue = turns.FirstOrDefault(each => each.Key == waiter.Ticket.Key);
            if (queue is null)
                turns.AddLast(queue = new KeyQueue(waiter.Ticket.Key));
            queue.AddLast(waiter);
            waiter.Queue = queue;
        }

        public Waiter RemoveFirst()
        {
            LinkedList<KeyQueue> turns = _turns[(int)Next!.Value];
            KeyQueue queue = turns.First!.Value;
            Waiter first = queue.First!.Value;
            turns.RemoveFirst();
            turns.AddLast(queue);
            Remove(first);
            return first;
        }

        public void Remove(Waiter waiter)
        {
            KeyQueue queue = waiter.Queue!;
            waiter.Queue = null;
            queue.Remove(waiter);
            if (queue.Count == 0)
                _turns[(int)waiter.Ticket.Priority].Remove(queue);
        }
    }

    internal sealed class KeyQueue(string key) : LinkedList<Waiter>
    {
        public string Key => key;
    }

    internal sealed class Waiter(AdmissionTicket ticket, Lane lane, long number)
    {
        public AdmissionTicket Ticket => ticket;

        public Lane Lane => lane;

        /// <summary>The later it came, the higher.</summary>
        public long Number => number;

        /// <summary>Where it waits; null once it does not.</summary>
        public KeyQueue? Queue { get; set; }

        public TaskCompletionSource Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>The right to be inside, until it is given back. What moves it belongs to its request.</summary>
public sealed class AdmissionTicket : IDisposable
{
    private readonly Admission _door;
    private bool _returned;

    internal AdmissionTicket(Admission door, string key, RequestPriority priority) => (_door, Key, Priority) = (door, key, priority);

    internal string Key { get; }

    internal RequestPriority Priority { get; }

    internal bool IsBackground { get; init; }

    /// <summary>Whether it is a further answer's, of a request that is inside.</summary>
    internal bool HasBegun { get; init; }

    /// <summary>Where it has its place; null where it has none. Under the door's lock.</summary>
    internal Admission.Lane? Lane { get; set; }

    /// <summary>It is decided who answers: waits for a place of that member, and meanwhile has none.</summary>
    /// <returns>Whether it had to wait.</returns>
    /// <exception cref="QueueFullException">As many wait already as may, or this one gave way to another.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public ValueTask<bool> EnterAsync(string member, CancellationToken cancellationToken) => _door.EnterAsync(this, member, cancellationToken);

    /// <summary>Another member goes on with the request. Never waits.</summary>
    public void Move(string member) => _door.Move(this, member);

    /// <summary>Gives the place back of a request that goes on without: its first answer has ended, and others have not.</summary>
    public void Leave() => _door.Move(this, null);

    /// <summary>Waits for a place for a further answer of the same request, when it is its key's turn.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    internal async ValueTask<AdmissionTicket> EnterAnotherAsync(string member, CancellationToken cancellationToken)
    {
        AdmissionTicket other = new(_door, Key, Priority) { HasBegun = true };
        await _door.EnterAsync(other, member, cancellationToken);
        return other;
    }

    /// <summary>Leaves, and lets the next one in.</summary>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _returned, true))
            _door.Return(this);
    }
}
