using CascadeLocal.Contracts;

namespace CascadeLocal.Remote;

/// <summary>
/// The requests that may be at an endpoint at once, and those that wait for it: by priority, then in the order they came. Where nobody
/// else fits, whoever has a higher priority takes the place of the one that would be served last; and one that has to wait ends the
/// youngest background request that is being served.
/// </summary>
/// <param name="parallel">Requests at once.</param>
/// <param name="maxWaiting">Requests that may wait.</param>
internal sealed class SlotQueue(int parallel, int maxWaiting)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiting = [];
    // In the order they began; without those that have been displaced.
    private readonly List<Slot> _background = [];
    private int _running;
    private bool _closed;

    /// <summary>Who waits and who is being served.</summary>
    public MemberLoad Load
    {
        get
        {
            lock (_gate)
                return new MemberLoad(_waiting.Count, _running);
        }
    }

    /// <summary>Waits for a slot, which <see cref="Release"/> takes back.</summary>
    /// <exception cref="QueueFullException">Nobody else may wait, or somebody of higher priority took the place.</exception>
    /// <exception cref="MemberUnavailableException">The queue was closed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled; there is no slot to give back.</exception>
    public Task<Slot> AcquireAsync(RequestPriority priority, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Waiter waiter;
        lock (_gate)
        {
            if (_closed)
                throw Closed();
            if (_running < parallel)
            {
                _running++;
                return Task.FromResult(Begin(priority));
            }

            if (_waiting.Count >= maxWaiting)
                Displace(priority);
            waiter = new Waiter(priority);
            LinkedListNode<Waiter>? before = _waiting.Last;
            while (before is not null && before.Value.Priority < priority)
                before = before.Previous;
            waiter.Node = before is null ? _waiting.AddFirst(waiter) : _waiting.AddAfter(before, waiter);
            if (priority > RequestPriority.Background && _background.Count > 0)
            {
                _background[^1].Displace();
                _background.RemoveAt(_background.Count - 1);
            }
        }

        return WaitAsync(waiter, cancellationToken);
    }

    /// <summary>Gives a slot to whoever is next.</summary>
    public void Release(Slot slot)
    {
        lock (_gate)
        {
            _background.Remove(slot);
            slot.Dispose();
            if (_waiting.First is { } next)
            {
                Remove(next.Value);
                next.Value.Served.TrySetResult(Begin(next.Value.Priority));
            }
            else
            {
                _running--;
            }
        }
    }

    /// <summary>Sends everybody away who waits, and whoever comes.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            while (_waiting.First is { } next)
            {
                Remove(next.Value);
                next.Value.Served.TrySetException(Closed());
            }
        }
    }

    private async Task<Slot> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(_ =>
        {
            lock (_gate)
            {
                // Whoever was served meanwhile has a slot to give back, and is told by the slot.
                if (waiter.Node is null)
                    return;
                Remove(waiter);
            }

            waiter.Served.TrySetCanceled(cancellationToken);
        }, null);
        return await waiter.Served.Task;
    }

    private void Displace(RequestPriority priority)
    {
        QueueFullException full = new(_waiting.Count);
        if (_waiting.Last is not { } last || last.Value.Priority >= priority)
            throw full;
        Remove(last.Value);
        last.Value.Served.TrySetException(full);
    }

    private Slot Begin(RequestPriority priority)
    {
        Slot slot = new();
        if (priority == RequestPriority.Background)
            _background.Add(slot);
        return slot;
    }

    private void Remove(Waiter waiter)
    {
        _waiting.Remove(waiter.Node!);
        waiter.Node = null;
    }

    private static MemberUnavailableException Closed() => new("This model is being removed.");

    /// <summary>A place at the endpoint.</summary>
    internal sealed class Slot : IDisposable
    {
        private readonly CancellationTokenSource _displaced = new();

        public Slot() => Displaced = _displaced.Token;

        /// <summary>Cancelled when somebody who goes before its request needs the place.</summary>
        public CancellationToken Displaced { get; }

        public void Displace() => _ = _displaced.CancelAsync();

        public void Dispose() => _displaced.Dispose();
    }

    private sealed class Waiter(RequestPriority priority)
    {
        public RequestPriority Priority => priority;

        public TaskCompletionSource<Slot> Served { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LinkedListNode<Waiter>? Node { get; set; }
    }
}
