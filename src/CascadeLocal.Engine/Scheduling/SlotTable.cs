using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Prefixes;

namespace CascadeLocal.Engine.Scheduling;

/// <summary>
/// All sequences of the KV cache, and with them the prefix cache: which of them begins like a prompt, and which may be
/// given up for it.
/// </summary>
internal sealed class SlotTable
{
    /// <summary>
    /// A shorter prefix is evaluated again rather than copied: between streams a copy moves the whole buffer, and every
    /// prompt shares the first few tokens of its template with every other.
    /// </summary>
    public const int MinCopiedTokens = ModelPrefixes.MinTokens;

    private readonly IKvCache _kv;
    private readonly bool _prefixCache;
    private readonly int _maxIdleCells;
    private readonly ModelPrefixes? _stored;
    private readonly Slot[] _slots;

    /// <summary>Makes the table of <paramref name="count"/> empty slots.</summary>
    /// <param name="kv">The cache.</param>
    /// <param name="count">Sequences in it.</param>
    /// <param name="prefixCache">Whether prompts start from what is cached.</param>
    /// <param name="maxIdleCells">
    /// Cells that idle sequences may hold in a shared cache, where each of them slows every decode.
    /// </param>
    /// <param name="stored">Where prefixes go that lose their slot; null forgets them.</param>
    public SlotTable(IKvCache kv, int count, bool prefixCache, int maxIdleCells, ModelPrefixes? stored = null)
    {
        _kv = kv;
        _prefixCache = prefixCache;
        _maxIdleCells = maxIdleCells;
        _stored = prefixCache ? stored : null;
        _slots = new Slot[count];
        for (int i = 0; i < count; i++)
            _slots[i] = new Slot(i, kv);
    }

    /// <summary>How many states were written or read so far, each of which holds up all that runs.</summary>
    public long StateCopies => _stored?.Copies ?? 0;

    /// <summary>All slots, by id.</summary>
    public ReadOnlySpan<Slot> Slots => _slots;

    /// <summary>
    /// The slot that <paramref name="sequence"/> should run in, holding as much of it as is cached; null when every
    /// slot is taken. At least the sequence's last token is left to evaluate, since its logits are what is wanted.
    /// </summary>
    /// <param name="sequence">The request.</param>
    /// <param name="isLater">Whether there is one for it in the next step, where null is returned.</param>
    public Slot? Acquire(Sequence sequence, out bool isLater)
    {
        isLater = false;
        if (ChooseFree() is not { } free)
            return null;
        ReadOnlySpan<int> wanted = sequence.Known[..^1];
        Slot? source = FindLongestPrefix(wanted, sequence.CacheSalt, out int length);
        if (_stored?.Find(wanted, sequence.CacheSalt, length, out int restorable) is { } stored)
        {
            // llama.cpp would make the copy that it has put off from what is restored over its source.
            isLater = _kv.IsBeingCopied(free.Id);
            if (isLater)
            {
                _stored.Leave(stored);
                return null;
            }

            if (TryRestore(stored, free, restorable))
            {
                free.Assign(sequence);
                return free;
            }

            source = FindLongestPrefix(wanted, sequence.CacheSalt, out length);
        }

        Slot chosen = free;

        // An idle slot is taken over when most of what it holds is wanted; else it stays for its own conversation.
        if (source is { Owner: null } && (2 * length >= source.Length || source == free))
        {
            chosen = source;
            Cut(chosen, length);
        }
        else if (source is not null && length >= MinCopiedTokens)
        {
            Cut(chosen, 0);
            _kv.CopyPrefix(source.Id, chosen.Id, length);
        }
        else
        {
            Cut(chosen, _prefixCache ? UsablePrefix(chosen, wanted, sequence.CacheSalt) : 0);
        }

        chosen.Assign(sequence);
        return chosen;
    }

    /// <summary>
    /// A running sequence that will soon hold so much more of <paramref name="sequence"/> than any slot does now that
    /// it is worth waiting for; null when there is none. What cannot be cut is never what another one wants: it goes on past it.
    /// </summary>
    public Sequence? FindPrefillWorthWaitingFor(Sequence sequence)
    {
        if (!_prefixCache || !_kv.CanCut)
            return null;
        ReadOnlySpan<int> wanted = sequence.Known[..^1];
        FindLongestPrefix(wanted, sequence.CacheSalt, out int available);
        available = _stored?.Longest(wanted, sequence.CacheSalt, available) ?? available;
        foreach (Slot slot in _slots)
        {
            if (slot.Owner is not { } owner || owner.Pending <= 1 || owner.CacheSalt != sequence.CacheSalt)
                continue;
            int common = owner.Known.CommonPrefixLength(wanted);
            if (Math.Min(common, owner.Length - 1) >= available + MinCopiedTokens && slot.Length < common && common >= _kv.LeastLength(slot.Id))
                return owner;
        }

        return null;
    }

    /// <summary>Whether <paramref name="sequence"/> still gains from waiting for the one it waits for.</summary>
    public static bool StillWaits(Sequence sequence) =>
        sequence.WaitsFor is { Slot: { } slot, Pending: > 1 } source
        && slot.Length < source.Known.CommonPrefixLength(sequence.Known[..^1]);

    /// <summary>Takes the slot from its request and keeps its tokens as a cached prefix.</summary>
    public void Release(Slot slot, long step)
    {
        slot.Release(step);
        if (!_prefixCache)
        {
            slot.Truncate(0);
        }
        else if (_kv.IsShared)
        {
            int held = CellsInUse();
            while (_kv.CellsUsed - held > _maxIdleCells && EvictIdle())
                ;
        }
    }

    /// <summary>
    /// Gives up idle slots, the least recently used first, until a step may append so many tokens; false, and none is given up, where all
    /// of them would not be enough.
    /// </summary>
    public bool MakeRoomFor(int count)
    {
        if (_kv.HasRoomFor(count))
            return true;
        if (_kv.Cells - CellsInUse() < count)
            return false;
        while (!_kv.HasRoomFor(count) && EvictIdle())
            ;
        return _kv.HasRoomFor(count);
    }

    /// <summary>Empties the idle slot that was used least recently; false when none holds anything.</summary>
    public bool EvictIdle()
    {
        Slot? oldest = null;
        foreach (Slot slot in _slots)
        {
            if (slot.Owner is null && slot.Length > 0 && (oldest is null || slot.LastUsed < oldest.LastUsed))
                oldest = slot;
        }

        if (oldest is not null)
            Cut(oldest, 0);
        return oldest is not null;
    }

    /// <summary>Stores what idle slots hold, where that outlives the process; for one that is about to end.</summary>
    public void KeepIdle()
    {
        if (_stored is not { IsOnDisk: true })
            return;
        foreach (Slot slot in _slots)
        {
            if (slot.Owner is null)
                _stored.Keep(slot.Id, slot.Cached, slot.Salt);
        }
    }

    /// <summary>Takes every slot from its request and empties it, whatever llama.cpp holds in it.</summary>
    public void Clear(long step)
    {
        foreach (Slot slot in _slots)
        {
            if (slot.Owner is not null)
                slot.Release(step);
        }

        _kv.Clear();
    }

    /// <summary>
    /// Makes the first <paramref name="length"/> tokens of a stored prefix the content of a free slot; false where there is no room
    /// for the whole of it, even without all other idle ones, or it could not be read.
    /// </summary>
    private bool TryRestore(StoredPrefix stored, Slot free, int length)
    {
        Cut(free, 0);
        if (!MakeRoomFor(stored.Tokens.Length))
        {
            _stored!.Leave(stored);
            return false;
        }

        return _stored!.Restore(stored, free.Id, length) && free.Truncate(length) == length;
    }

    /// <summary>Cuts a slot that no request has; what is lost of it is stored first, where that is worth it.</summary>
    private void Cut(Slot slot, int length)
    {
        if (_stored is not null && slot.Length - length >= MinCopiedTokens)
            _stored.Keep(slot.Id, slot.Cached, slot.Salt);
        slot.Truncate(length);
    }

    // Those of running sequences: all others are held by idle ones alone, be it by several.
    private int CellsInUse()
    {
        Span<int> running = stackalloc int[_slots.Length];
        int count = 0;
        foreach (Slot slot in _slots)
        {
            if (slot.Owner is not null)
                running[count++] = slot.Id;
        }

        return _kv.CellsHeldBy(running[..count]);
    }

    private Slot? FindLongestPrefix(ReadOnlySpan<int> wanted, string salt, out int length)
    {
        Slot? best = null;
        length = 0;
        if (!_prefixCache)
            return null;
        foreach (Slot slot in _slots)
        {
            int common = UsablePrefix(slot, wanted, salt);
            if (common > length || (common == length && common > 0 && IsPreferred(slot, best!)))
                (best, length) = (slot, common);
        }

        return best;
    }

    // An idle slot needs no copy. Of several the one that was used last: the same prompt again and again goes on from the same cells, whose
    // rounding is always the same.
    private static bool IsPreferred(Slot slot, Slot other) =>
        slot.Owner is null && (other.Owner is not null || slot.LastUsed > other.LastUsed);

    private int UsablePrefix(Slot slot, ReadOnlySpan<int> wanted, string salt)
    {
        int common = slot.CommonPrefix(wanted, salt);
        return common >= _kv.LeastLength(slot.Id) ? common : 0;
    }

    /// <summary>
    /// The idle slot to give up: an empty one if there is one, lowest id first (llama.cpp splits a step at gaps between
    /// ids), else the least recently used.
    /// </summary>
    private Slot? ChooseFree()
    {
        Slot? best = null;
        foreach (Slot slot in _slots)
        {
            if (slot.Owner is not null)
                continue;
            if (slot.Length == 0)
                return slot;
            if (best is null || slot.LastUsed < best.LastUsed)
                best = slot;
        }

        return best;
    }
}

/// <summary>
/// One sequence of the KV cache and the tokens in it. Running, it belongs to a request; idle, it keeps the tokens of
/// the last one for prompts that begin alike.
/// </summary>
internal sealed class Slot(int id, IKvCache kv)
{
    private int[] _tokens = [];

    /// <summary>The sequence's id in the KV cache.</summary>
    public int Id { get; } = id;

    /// <summary>The request it is running, or null when idle.</summary>
    public Sequence? Owner { get; private set; }

    /// <summary>Whose tokens it holds.</summary>
    public string Salt { get; private set; } = "";

    /// <summary>When it was last used, in steps.</summary>
    public long LastUsed { get; private set; }

    /// <summary>Tokens in the KV cache.</summary>
    public int Length => kv.Length(Id);

    /// <summary>The tokens in the KV cache.</summary>
    public ReadOnlySpan<int> Cached => _tokens.AsSpan(0, Length);

    /// <summary>How many tokens of <paramref name="prompt"/> it holds from the start.</summary>
    public int CommonPrefix(ReadOnlySpan<int> prompt, string salt) =>
        string.Equals(Salt, salt, StringComparison.Ordinal) ? Cached.CommonPrefixLength(prompt) : 0;

    /// <summary>Gives it to a request whose first <see cref="Length"/> tokens it holds.</summary>
    public void Assign(Sequence owner)
    {
        Owner = owner;
        Salt = owner.CacheSalt;
        _tokens = owner.Tokens;
        owner.Slot = this;
    }

    /// <summary>Takes it from its request; what it holds stays.</summary>
    public void Release(long step)
    {
        Owner!.Slot = null;
        Owner = null;
        LastUsed = step;
    }

    /// <summary>Forgets all but the first <paramref name="length"/> tokens.</summary>
    public int Truncate(int length) => kv.Truncate(Id, length);
}

/// <summary>What must hold between two steps, whatever has happened.</summary>
internal static class Integrity
{
    public static void Check(
        ReadOnlySpan<Slot> slots, List<Sequence> waiting, List<Sequence> running, IKvCache kv, IKvMemory memory)
    {
        int owned = 0;
        foreach (Slot slot in slots)
        {
            Require(memory.MaxPosition(slot.Id) == slot.Length - 1, $"slot {slot.Id}: the KV cache ends at {memory.MaxPosition(slot.Id)}, not {slot.Length - 1}");
            Require(slot.Length == 0 || !memory.CanCut || memory.MinPosition(slot.Id) == 0, $"slot {slot.Id}: the KV cache does not begin at 0");
            if (slot.Owner is not { } owner)
                continue;
            owned++;
            Require(owner.Slot == slot, $"slot {slot.Id}: its owner is elsewhere");
            Require(owner.Pending >= 1, $"slot {slot.Id}: nothing left to evaluate");
            Require(owner.Known.StartsWith(slot.Cached), $"slot {slot.Id}: holds other tokens than its owner's");
            Require(running.Contains(owner), $"slot {slot.Id}: its owner does not run");
        }

        Require(owned == running.Count, $"{running.Count} sequences run in {owned} slots");
        foreach (Sequence sequence in waiting)
            Require(sequence.Slot is null && !running.Contains(sequence), "a waiting sequence has a slot");
        Require(kv.CellsUsed >= 0 && kv.CellsUsed <= kv.Cells, $"{kv.CellsUsed} of {kv.Cells} cells are in use");
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
            throw new InvalidOperationException($"The scheduler's tables are broken: {message}.");
    }
}
