namespace CascadeLocal.Cascade.Requests;

/// <summary>
/// The one door in front of everything that takes time: embedder and members. So many requests are inside at once; so many more
/// wait, the keys in turns, so that none crowds out the others. What nobody waits for comes in only where there is room to spare, and
/// never waits. Thread-safe.
/// </summary>
/// <param name="slots">Requests that the members work on at once, as it is now.</param>
/// <param name="maxWaiting">The most requests that wait.</param>
public sealed class Admission(Func<int> slots, int maxWaiting)
{
    private readonly Lock _lock = new();
    // Whoever's turn it is stands first; a key is in the list as long as it has requests waiting.
    private readonly LinkedList<KeyQueue> _turns = new();
    private readonly Dictionary<string, KeyQueue> _keys = new(StringComparer.Ordinal);
    private int _waiting;
    private int _inside;
    private int _background;

    /// <summary>Requests that wait at the door.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Answers that requests inside ask for and that somebody waits for; of a request with several at most as many as there are slots.</summary>
    public int Inside => Volatile.Read(ref _inside);

    /// <summary>Comes in as soon as it is this request's turn.</summary>
    /// <param name="request">The request; its salt is the key that it counts for.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Has to be given back when the request has ended.</returns>
    /// <exception cref="QueueFullException">As many wait already as may, or this one gave way to a key that has fewer waiting.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public ValueTask<AdmissionTicket> EnterAsync(GenerationRequest request, CancellationToken cancellationToken) =>
        EnterAsync(request.CacheSalt, request.Choices, cancellationToken);

    /// <inheritdoc cref="EnterAsync(GenerationRequest, CancellationToken)"/>
    /// <param name="key">The key that it counts for.</param>
    /// <param name="answers">Answers side by side: it takes the place of so many requests, at most of one for every slot.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public ValueTask<AdmissionTicket> EnterAsync(string key, int answers, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Waiter waiter;
        lock (_lock)
        {
            int places = Math.Min(answers, Slots());
            if (_waiting == 0 && _inside < Room())
            {
                _inside += places;
                return new(new AdmissionTicket(this, places, isBackground: false));
            }

            if (_waiting >= maxWaiting)
                MakeRoomFor(key);
            waiter = new(QueueOf(key), places);
            waiter.Queue.Waiters.AddLast(waiter);
            _waiting++;
            // A member may have come since somebody left.
            LetInWhileThereIsRoom();
        }

        return WaitAsync(waiter, cancellationToken);
    }

    /// <summary>Comes in if there is room to spare; null if not.</summary>
    public AdmissionTicket? TryEnterBackground()
    {
        lock (_lock)
        {
            if (_waiting > 0 || _inside + _background >= Slots())
                return null;
            _background++;
            return new(this, places: 1, isBackground: true);
        }
    }

    internal void Leave(int places, bool isBackground)
    {
        lock (_lock)
        {
            if (isBackground)
                _background -= places;
            else
                _inside -= places;
            LetInWhileThereIsRoom();
        }
    }

    private void LetInWhileThereIsRoom()
    {
        while (_waiting > 0 && _inside < Room())
            LetIn();
    }

    // Somebody is on the way to every slot, so that none stands idle between two requests.
    private int Room()
    {
        int now = Slots();
        return now + Math.Min(now, maxWaiting);
    }

    private int Slots() => Math.Max(1, slots());

    private KeyQueue QueueOf(string key)
    {
        if (!_keys.TryGetValue(key, out KeyQueue? queue))
        {
            _keys.Add(key, queue = new KeyQueue(key));
            queue.Turn = _turns.AddLast(queue);
        }

        return queue;
    }

    // The key with the most waiting gives one up, its newest, if the other has fewer even then.
    private void MakeRoomFor(string key)
    {
        int own = _keys.GetValueOrDefault(key)?.Waiters.Count ?? 0;
        KeyQueue? largest = _turns.MaxBy(queue => queue.Waiters.Count);
        QueueFullException full = new($"{_waiting} requests are already waiting.");
        if (largest is null || largest.Waiters.Count <= own + 1)
            throw full;
        Waiter newest = largest.Waiters.Last!.Value;
        Remove(newest);
        newest.Source.TrySetException(full);
    }

    private void LetIn()
    {
        KeyQueue first = _turns.First!.Value;
        Waiter waiter = first.Waiters.First!.Value;
        Remove(waiter);
        if (first.Waiters.Count > 0)
        {
            _turns.Remove(first.Turn!);
            _turns.AddLast(first.Turn!);
        }

        _inside += waiter.Places;
        waiter.Source.SetResult();
    }

    private void Remove(Waiter waiter)
    {
        KeyQueue queue = waiter.Queue;
        queue.Waiters.Remove(waiter);
        _waiting--;
        if (queue.Waiters.Count > 0)
            return;
        _turns.Remove(queue.Turn!);
        _keys.Remove(queue.Key);
    }

    private async ValueTask<AdmissionTicket> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        try
        {
            await waiter.Source.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            GiveUp(waiter);
            throw;
        }

        return new AdmissionTicket(this, waiter.Places, isBackground: false);
    }

    private void GiveUp(Waiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Queue.Waiters.Contains(waiter))
            {
                Remove(waiter);
                return;
            }
        }

        // Let in, or turned away, at the same moment.
        if (waiter.Source.Task.IsCompletedSuccessfully)
            Leave(waiter.Places, isBackground: false);
    }

    private sealed class KeyQueue(string key)
    {
        public string Key => key;

        public LinkedList<Waiter> Waiters { get; } = new();

        public LinkedListNode<KeyQueue>? Turn { get; set; }
    }

    private sealed class Waiter(KeyQueue queue, int places)
    {
        public KeyQueue Queue => queue;

        public int Places => places;

        public TaskCompletionSource Source { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>The right to be inside, until it is given back.</summary>
public sealed class AdmissionTicket : IDisposable
{
    private readonly Admission _door;
    private readonly int _places;
    private readonly bool _isBackground;
    private bool _returned;

    internal AdmissionTicket(Admission door, int places, bool isBackground) => (_door, _places, _isBackground) = (door, places, isBackground);

    /// <summary>Leaves, and lets the next one in.</summary>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _returned, true))
            _door.Leave(_places, _isBackground);
    }
}
