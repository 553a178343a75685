using CascadeLocal.Engine.Native;

namespace CascadeLocal.Engine.KvCache;

/// <summary>
/// One buffer of cells per sequence. A decode attends to its own cells only, so idle sequences cost nothing; every
/// sequence always has room for a whole context.
/// </summary>
internal sealed class StreamKvCache(IKvMemory memory, int sequences, int contextLength) : IKvCache
{
    private readonly int[] _lengths = new int[sequences];

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
    public int Length(int sequence) => _lengths[sequence];

    /// <inheritdoc/>
    public int Truncate(int sequence, int length)
    {
        if (length >= _lengths[sequence])
            return _lengths[sequence];
        if (length > 0 && CanCut && memory.Remove(sequence, length, -1))
            return SetLength(sequence, length);
        memory.Remove(sequence, -1, -1);
        return SetLength(sequence, 0);
    }

    /// <inheritdoc/>
    public void Clear()
    {
        memory.Clear();
        Array.Clear(_lengths);
        CellsUsed = 0;
    }

    /// <inheritdoc/>
    public int CopyPrefix(int source, int destination, int length)
    {
        // Between streams llama.cpp copies buffers, and aborts the process when asked for a part of one.
        memory.Remove(destination, -1, -1);
        if (!CanCut && length < _lengths[source])
            return SetLength(destination, 0);
        memory.Copy(source, destination, -1, -1);
        SetLength(destination, _lengths[source]);
        return Truncate(destination, length);
    }

    /// <inheritdoc/>
    public void Appended(int sequence, int count) => SetLength(sequence, _lengths[sequence] + count);

    /// <inheritdoc/>
    public bool HasRoomFor(int count) => true;

    /// <inheritdoc/>
    public int CellsHeldAlone(int sequence) => _lengths[sequence];

    private int SetLength(int sequence, int length)
    {
        CellsUsed += length - _lengths[sequence];
        return _lengths[sequence] = length;
    }
}
