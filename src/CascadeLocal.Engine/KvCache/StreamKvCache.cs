using CascadeLocal.Engine.Native;

namespace CascadeLocal.Engine.KvCache;

/// <summary>
/// One buffer of cells per sequence. A decode attends to its own cells only, so idle sequences cost nothing; every
/// sequence always has room for a whole context.
/// </summary>
internal sealed class StreamKvCache(IKvMemory memory, int sequences, int contextLength) : IKvCache
{
    private readonly int[] _lengths = new int[sequences];

    // Tokens that a sequence was restored with, where these cannot be cut.
    private readonly int[] _restored = new int[sequences];

    // Sequences that a copy which llama.cpp has put off until the next decode reads or writes, a bit each: there are at most 64.
    private ulong _beingCopied;

    /// <inheritdoc/>
    public KvLayout Layout => KvLayout.Streams;

    /// <inheritdoc/>
    public int Cells => sequences * contextLength;

    /// <inheritdoc/>
    public int CellsUsed { get; private set; }

    /// <inheritdoc/>
    public bool CanCut => memory.CanCut;

    /// <inheritdoc/>
    public bool IsShared => false;

    /// <inheritdoc/>
    public bool CanCutRestored => CanCut && !memory.HasWindow;

    /// <inheritdoc/>
    public int LeastLength(int sequence) => CanCut ? _restored[sequence] : _lengths[sequence];

    /// <inheritdoc/>
    public int Length(int sequence) => _lengths[sequence];

    /// <inheritdoc/>
    public int Truncate(int sequence, int length)
    {
        if (length >= _lengths[sequence])
            return _lengths[sequence];
        if (length > 0 && length >= LeastLength(sequence) && memory.Remove(sequence, length, -1))
            return SetLength(sequence, length);
        memory.Remove(sequence, -1, -1);
        return SetLength(sequence, 0);
    }

    /// <inheritdoc/>
    public void Clear()
    {
        memory.Clear();
        _beingCopied = 0;
        Array.Clear(_lengths);
        Array.Clear(_restored);
        CellsUsed = 0;
    }

    /// <inheritdoc/>
    public int CopyPrefix(int source, int destination, int length)
    {
        // Between streams llama.cpp copies buffers, and aborts the process when asked for a part of one.
        memory.Remove(destination, -1, -1);
        if (length < LeastLength(source))
            return SetLength(destination, 0);
        memory.Copy(source, destination, -1, -1);
        _beingCopied |= (1UL << source) | (1UL << destination);
        SetLength(destination, _lengths[source]);
        _restored[destination] = _restored[source];
        return Truncate(destination, length);
    }

    /// <inheritdoc/>
    public void Appended(int sequence, int count)
    {
        _beingCopied = 0;
        SetLength(sequence, _lengths[sequence] + count);
    }

    /// <inheritdoc/>
    public bool HasRoomFor(int count) => true;

    /// <inheritdoc/>
    public int CellsHeldBy(ReadOnlySpan<int> sequences)
    {
        int held = 0;
        foreach (int sequence in sequences)
            held += _lengths[sequence];
        return held;
    }

    /// <inheritdoc/>
    public bool IsBeingCopied(int sequence) => (_beingCopied >> sequence & 1) != 0;

    /// <inheritdoc/>
    public long StateBytes(int sequence) => memory.StateBytes(sequence);

    /// <inheritdoc/>
    public bool SaveState(int sequence, StateBuffer state) => memory.SaveState(sequence, state);

    /// <inheritdoc/>
    public bool LoadState(int sequence, StateBuffer state, int length)
    {
        memory.Remove(sequence, -1, -1);
        bool isLoaded = memory.LoadState(sequence, state);
        SetLength(sequence, isLoaded ? length : 0);
        _restored[sequence] = isLoaded && memory.HasWindow ? length : 0;
        return isLoaded;
    }

    private int SetLength(int sequence, int length)
    {
        CellsUsed += length - _lengths[sequence];
        if (length == 0)
            _restored[sequence] = 0;
        return _lengths[sequence] = length;
    }
}
