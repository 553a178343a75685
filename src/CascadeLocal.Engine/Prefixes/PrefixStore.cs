using CascadeLocal.Engine.Native;

namespace CascadeLocal.Engine.Prefixes;

/// <summary>
/// Prefixes that have lost their sequence of the KV cache, in host memory, of all models of a pool together. Where there is no room for
/// another one, the least recently used goes, whosever it is. Thread-safe.
/// </summary>
public sealed class PrefixStore : IDisposable
{
    private readonly Lock _lock = new();

    /// <summary>The least recently used first.</summary>
    private readonly LinkedList<StoredPrefix> _byUse = [];
    private long _bytes;
    private bool _isDisposed;

    /// <summary>Makes an empty store.</summary>
    /// <param name="capacity">The most bytes of states that it holds.</param>
    /// <param name="folder">Where models' prefixes are while these are not loaded; null forgets them. Stays the caller's.</param>
    public PrefixStore(long capacity, PrefixFolder? folder = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        (Capacity, Folder) = (capacity, folder);
    }

    /// <summary>A tenth of the memory of this machine, or of the container around us.</summary>
    public static long DefaultCapacity => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 10;

    /// <summary>The most bytes of states that it holds.</summary>
    public long Capacity { get; }

    /// <summary>Where models' prefixes are while these are not loaded; null where that is nowhere.</summary>
    internal PrefixFolder? Folder { get; }

    /// <summary>Bytes of the states that it holds, and of one that is being written.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Frees all of it.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            while (_byUse.First is { } first)
                Remove(first.Value);
        }
    }

    /// <summary>Held for every look at the models' indices, which evictions change from other models' threads. Never while a state is copied.</summary>
    internal Lock.Scope Enter() => _lock.EnterScope();

    /// <summary>Makes room by giving up what was used least recently, and reserves it; under the lock.</summary>
    /// <returns>Whether there is room now.</returns>
    internal bool TryReserve(long bytes)
    {
        if (_isDisposed || bytes > Capacity)
            return false;
        for (LinkedListNode<StoredPrefix>? node = _byUse.First; node is not null && _bytes + bytes > Capacity;)
        {
            StoredPrefix oldest = node.Value;
            node = node.Next;
            if (oldest.IsInUse)
                continue;
            Remove(oldest);
            oldest.Owner.CountEviction();
        }

        if (_bytes + bytes > Capacity)
            return false;
        Volatile.Write(ref _bytes, _bytes + bytes);
        return true;
    }

    /// <summary>Gives back what was reserved and not used; under the lock.</summary>
    internal void Release(long bytes) => Volatile.Write(ref _bytes, _bytes - bytes);

    /// <summary>Takes in a prefix whose bytes are reserved, as the one used last; under the lock.</summary>
    internal bool Add(StoredPrefix prefix)
    {
        if (_isDisposed)
            return false;
        prefix.Place = _byUse.AddLast(prefix);
        return true;
    }

    /// <summary>It is the one used last; under the lock.</summary>
    internal void Touch(StoredPrefix prefix)
    {
        if (prefix.Place is not { } place)
            return;
        _byUse.Remove(place);
        _byUse.AddLast(place);
    }

    /// <summary>The prefixes of a model, those used last at the end; under the lock.</summary>
    internal StoredPrefix[] Of(ModelPrefixes owner) => [.. _byUse.Where(prefix => prefix.Owner == owner)];

    /// <summary>Gives up a prefix; under the lock. One that is being read is freed when that is done.</summary>
    internal void Remove(StoredPrefix prefix)
    {
        if (prefix.Place is not { } place)
            return;
        _byUse.Remove(place);
        prefix.Place = null;
        prefix.Owner.Forget(prefix);
        Release(prefix.State.Length);
        if (!prefix.IsInUse)
            prefix.State.Dispose();
    }
}

/// <summary>A prefix in the store.</summary>
/// <param name="owner">The model's part of the store.</param>
/// <param name="salt">Whose it is.</param>
/// <param name="tokens">Its tokens.</param>
/// <param name="state">What llama.cpp holds of them.</param>
internal sealed class StoredPrefix(ModelPrefixes owner, string salt, int[] tokens, StateBuffer state)
{
    /// <summary>The model's part of the store.</summary>
    public ModelPrefixes Owner { get; } = owner;

    /// <summary>Whose it is.</summary>
    public string Salt { get; } = salt;

    /// <summary>Its tokens.</summary>
    public int[] Tokens { get; } = tokens;

    /// <summary>What llama.cpp holds of them.</summary>
    public StateBuffer State { get; } = state;

    /// <summary>Where it stands in the order of use; null once it was given up.</summary>
    public LinkedListNode<StoredPrefix>? Place { get; set; }

    /// <summary>Whether its state is being read, so that it must not be freed.</summary>
    public bool IsInUse { get; set; }
}
