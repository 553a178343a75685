using System.Diagnostics;

using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Native;

namespace CascadeLocal.Engine.Prefixes;

/// <summary>
/// One model's part of the store: which of its prefixes a prompt begins with. Its methods are for the decode thread; other models' threads
/// may evict what it has, under the store's lock.
/// </summary>
internal sealed class ModelPrefixes : IDisposable
{
    /// <summary>Shorter prefixes are not kept: every prompt shares the first few tokens of its template with every other.</summary>
    public const int MinTokens = 32;

    private readonly PrefixStore _store;
    private readonly IKvCache _kv;
    private readonly RestoreCost _cost;
    private readonly string? _model;

    /// <summary>By salt.</summary>
    private readonly Dictionary<string, PrefixIndex> _index = new(StringComparer.Ordinal);

    /// <summary>When the files that were read were written, by path.</summary>
    private readonly Dictionary<string, DateTime> _read = new(StringComparer.Ordinal);
    private long _bytes;
    private int _count;
    private long _evicted;
    private long _saved;
    private long _restored;
    private long _restoredTokens;
    private long _copyTicks;
    private long _copiedBytes;

    /// <summary>Makes it, empty.</summary>
    /// <param name="store">Where it is kept.</param>
    /// <param name="kv">The model's KV cache.</param>
    /// <param name="cost">What evaluating and copying take.</param>
    /// <param name="model">Tells the model, and how it is served, from others on disk; null keeps nothing there.</param>
    public ModelPrefixes(PrefixStore store, IKvCache kv, RestoreCost cost, string? model = null)
    {
        (_store, _kv, _cost) = (store, kv, cost);
        _model = store.Folder is null ? null : model;
    }

    /// <summary>Whether its prefixes outlive the process.</summary>
    public bool IsOnDisk => _model is not null;

    /// <summary>How many states were written or read so far.</summary>
    public long Copies { get; private set; }

    /// <summary>What it holds and has done. Any thread; each value is whole.</summary>
    public StoredPrefixStatus Status => new()
    {
        Prefixes = Volatile.Read(ref _count),
        Bytes = Volatile.Read(ref _bytes),
        Saved = Volatile.Read(ref _saved),
        Restored = Volatile.Read(ref _restored),
        RestoredTokens = Volatile.Read(ref _restoredTokens),
        Evicted = Volatile.Read(ref _evicted),
        CopyTime = new TimeSpan(Volatile.Read(ref _copyTicks)),
        CopiedBytes = Volatile.Read(ref _copiedBytes),
    };

    /// <summary>
    /// The prefix whose restoring makes a prompt ready soonest, where that is sooner than evaluating what lies beyond the
    /// <paramref name="present"/> tokens that a sequence of the KV cache has; null where none does. It is held until
    /// <see cref="Restore"/> or <see cref="Leave"/>.
    /// </summary>
    /// <param name="wanted">The prompt but for its last token.</param>
    /// <param name="salt">Whose prefixes it may use.</param>
    /// <param name="present">Tokens of it that a sequence has.</param>
    /// <param name="length">Tokens of it that the prefix has.</param>
    public StoredPrefix? Find(ReadOnlySpan<int> wanted, string salt, int present, out int length)
    {
        using Lock.Scope scope = _store.Enter();
        StoredPrefix? best = Best(wanted, salt, present, out length);
        if (best is not null)
        {
            best.IsInUse = true;
            _store.Touch(best);
        }

        return best;
    }

    /// <summary>Tokens of a prompt that <see cref="Find"/> would find beyond <paramref name="present"/>; these, where it would find none.</summary>
    public int Longest(ReadOnlySpan<int> wanted, string salt, int present)
    {
        using Lock.Scope scope = _store.Enter();
        return Best(wanted, salt, present, out int length) is null ? present : length;
    }

    /// <summary>Makes a prefix that was found the content of a sequence, for which there is room; false where that failed.</summary>
    /// <param name="prefix">The prefix; it is given back.</param>
    /// <param name="sequence">The sequence, whatever it holds.</param>
    /// <param name="used">Tokens of it that the prompt begins with.</param>
    public bool Restore(StoredPrefix prefix, int sequence, int used)
    {
        long started = Stopwatch.GetTimestamp();
        bool isRestored = _kv.LoadState(sequence, prefix.State, prefix.Tokens.Length);
        AddCopy(started, prefix.State.Length);
        Leave(prefix);
        if (isRestored)
        {
            Volatile.Write(ref _restored, _restored + 1);
            Volatile.Write(ref _restoredTokens, _restoredTokens + used);
            return true;
        }

        using Lock.Scope scope = _store.Enter();
        _store.Remove(prefix);
        return false;
    }

    /// <summary>Gives back a prefix that was found.</summary>
    public void Leave(StoredPrefix prefix)
    {
        using Lock.Scope scope = _store.Enter();
        prefix.IsInUse = false;
        if (prefix.Place is null)
            prefix.State.Dispose();
    }

    /// <summary>
    /// Keeps what a sequence holds, which is about to lose it, where restoring that would be worth it and there is nothing that begins alike
    /// and goes further.
    /// </summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="salt">Whose they are.</param>
    public void Keep(int sequence, ReadOnlySpan<int> tokens, string salt)
    {
        if (tokens.Length < MinTokens || _kv.IsBeingCopied(sequence))
            return;
        long bytes = _kv.StateBytes(sequence);
        if (bytes <= 0 || _cost.Gain(tokens.Length, 2 * bytes) <= 0)
            return;
        using (_store.Enter())
        {
            if (IsCovered(tokens, salt) || !_store.TryReserve(bytes))
                return;
        }

        StoredPrefix? prefix = Save(sequence, tokens, salt, bytes);
        using (_store.Enter())
        {
            if (prefix is null)
                _store.Release(bytes);
            else if (TakeIn(prefix))
                Volatile.Write(ref _saved, _saved + 1);
        }
    }

    /// <summary>It lost a prefix to another one; under the store's lock.</summary>
    public void CountEviction() => Volatile.Write(ref _evicted, _evicted + 1);

    /// <summary>Takes a prefix out of the index; under the store's lock.</summary>
    public void Forget(StoredPrefix prefix)
    {
        PrefixIndex index = _index[prefix.Salt];
        index.Remove(prefix);
        if (index.Count == 0)
            _index.Remove(prefix.Salt);
        Volatile.Write(ref _bytes, _bytes - prefix.State.Length);
        Volatile.Write(ref _count, _count - 1);
    }

    /// <summary>Takes in what is on disk of the model, as far as there is room for it; before the model serves.</summary>
    /// <param name="contextLength">The most tokens of a prefix.</param>
    public void ReadFolder(int contextLength)
    {
        if (_model is null)
            return;
        List<PrefixFile> files = _store.Folder!.Read(_model, contextLength, _store.Capacity - _store.Bytes);
        // In the order in which they were used.
        foreach (PrefixFile file in Enumerable.Reverse(files))
        {
            _read[file.Path] = file.Written;
            using Lock.Scope scope = _store.Enter();
            if (_store.Bytes + file.State.Length <= _store.Capacity && _store.TryReserve(file.State.Length))
                TakeIn(new(this, file.Salt, file.Tokens, file.State));
            else
                file.State.Dispose();
        }
    }

    /// <summary>Writes what it holds to disk, where that is to outlive the process, and gives it up.</summary>
    public void Dispose()
    {
        StoredPrefix[] all;
        using (_store.Enter())
        {
            all = _store.Of(this);
            foreach (StoredPrefix prefix in all)
                prefix.IsInUse = true;
        }

        if (_model is not null)
            _store.Folder!.Write(_model, all, _read, _store.Capacity);
        foreach (StoredPrefix prefix in all)
            Leave(prefix);
        using Lock.Scope scope = _store.Enter();
        foreach (StoredPrefix prefix in _store.Of(this))
            _store.Remove(prefix);
    }

    private StoredPrefix? Save(int sequence, ReadOnlySpan<int> tokens, string salt, long bytes)
    {
        long started = Stopwatch.GetTimestamp();
        StateBuffer? state = null;
        try
        {
            state = new StateBuffer(bytes);
            if (_kv.SaveState(sequence, state))
            {
                StoredPrefix prefix = new(this, salt, tokens.ToArray(), state);
                state = null;
                return prefix;
            }
        }
        catch (OutOfMemoryException)
        {
            // Then there is no room for it after all.
        }
        finally
        {
            state?.Dispose();
            AddCopy(started, bytes);
        }

        return null;
    }

    /// <summary>Takes in a prefix whose bytes are reserved; false, and it is freed, where the store takes nothing any more. Under the store's lock.</summary>
    private bool TakeIn(StoredPrefix prefix)
    {
        if (!_store.Add(prefix))
        {
            prefix.State.Dispose();
            _store.Release(prefix.State.Length);
            return false;
        }

        Index(prefix);
        return true;
    }

    /// <summary>Puts a new prefix into the index, in place of those that it begins with: what they hold, it holds too.</summary>
    private void Index(StoredPrefix prefix)
    {
        if (_kv.CanCutRestored)
        {
            while (_index.GetValueOrDefault(prefix.Salt)?.LongestWithin(prefix.Tokens) is { } shorter)
                _store.Remove(shorter);
        }

        if (!_index.TryGetValue(prefix.Salt, out PrefixIndex? index))
            _index[prefix.Salt] = index = new();
        index.Add(prefix);
        Volatile.Write(ref _bytes, _bytes + prefix.State.Length);
        Volatile.Write(ref _count, _count + 1);
    }

    private bool IsCovered(ReadOnlySpan<int> tokens, string salt)
    {
        if (_index.GetValueOrDefault(salt)?.Covering(tokens) is not { } prefix || !(_kv.CanCutRestored || prefix.Tokens.Length == tokens.Length))
            return false;
        _store.Touch(prefix);
        return true;
    }

    private StoredPrefix? Best(ReadOnlySpan<int> wanted, string salt, int present, out int length)
    {
        length = 0;
        if (wanted.Length < present + MinTokens || !_index.TryGetValue(salt, out PrefixIndex? index))
            return null;
        StoredPrefix? best = null;
        double most = 0;
        if (_kv.CanCutRestored)
        {
            foreach (StoredPrefix prefix in index.Nearest(wanted, out int common))
            {
                if (common >= present + MinTokens && _cost.Gain(common - present, prefix.State.Length) is var gain && gain > most)
                    (best, most, length) = (prefix, gain, common);
            }
        }

        // The nearest may be far longer than what is wanted of it: then one that is wanted whole may still be worth it.
        if (best is null && index.LongestWithin(wanted) is { } whole && whole.Tokens.Length >= present + MinTokens
            && _cost.Gain(whole.Tokens.Length - present, whole.State.Length) > 0)
            (best, length) = (whole, whole.Tokens.Length);
        return best;
    }

    private void AddCopy(long started, long bytes)
    {
        Copies++;
        Volatile.Write(ref _copiedBytes, _copiedBytes + bytes);
        Volatile.Write(ref _copyTicks, _copyTicks + Stopwatch.GetElapsedTime(started).Ticks);
    }
}

/// <summary>What a model has in the store of prefixes, and what it has done with it so far.</summary>
public sealed record StoredPrefixStatus
{
    /// <summary>Prefixes that it has there.</summary>
    public int Prefixes { get; init; }

    /// <summary>Bytes of their states.</summary>
    public long Bytes { get; init; }

    /// <summary>States written.</summary>
    public long Saved { get; init; }

    /// <summary>States read, each for a prompt that goes on from there.</summary>
    public long Restored { get; init; }

    /// <summary>Prompt tokens that need not be evaluated for it.</summary>
    public long RestoredTokens { get; init; }

    /// <summary>Prefixes given up for others.</summary>
    public long Evicted { get; init; }

    /// <summary>How long the decode thread was busy with writing and reading them.</summary>
    public TimeSpan CopyTime { get; init; }

    /// <summary>Bytes that it wrote and read in that time.</summary>
    public long CopiedBytes { get; init; }
}
