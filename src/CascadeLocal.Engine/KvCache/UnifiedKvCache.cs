using CascadeLocal.Engine.Native;

namespace CascadeLocal.Engine.KvCache;

/// <summary>
/// One buffer of cells for all sequences: a prefix that sequences share is stored once, and a sequence takes only what
/// it needs. Mirrors llama.cpp's own account, which it does not show: every token of a sequence stands in a numbered
/// cell, and a cell is free when no sequence refers to it.
/// </summary>
internal sealed class UnifiedKvCache : IKvCache
{
    private readonly IKvMemory _memory;
    private readonly int[][] _cellsOf;
    private readonly int[] _lengths;

    // Tokens that a sequence was restored with, where these cannot be cut.
    private readonly int[] _restored;
    private readonly int[] _references;
    private readonly Stack<int> _free;

    // In which count of cells each was counted last.
    private readonly long[] _countedIn;
    private long _count;

    public UnifiedKvCache(IKvMemory memory, int sequences, int contextLength, int cells)
    {
        _memory = memory;
        _lengths = new int[sequences];
        _restored = new int[sequences];
        _references = new int[cells];
        _countedIn = new long[cells];
        _cellsOf = new int[sequences][];
        for (int i = 0; i < sequences; i++)
            _cellsOf[i] = new int[Math.Min(contextLength, cells)];
        _free = new Stack<int>(cells);
        FreeAll();
    }

    /// <inheritdoc/>
    public KvLayout Layout => KvLayout.Unified;

    /// <inheritdoc/>
    public int Cells => _references.Length;

    /// <inheritdoc/>
    public int CellsUsed => Cells - _free.Count;

    /// <inheritdoc/>
    public bool CanCut => _memory.CanCut;

    /// <inheritdoc/>
    public bool IsShared => true;

    /// <inheritdoc/>
    public bool CanCutRestored => CanCut && !_memory.HasWindow;

    /// <inheritdoc/>
    public int LeastLength(int sequence) => CanCut ? _restored[sequence] : _lengths[sequence];

    /// <inheritdoc/>
    public int Length(int sequence) => _lengths[sequence];

    /// <inheritdoc/>
    public int Truncate(int sequence, int length)
    {
        if (length >= _lengths[sequence])
            return _lengths[sequence];
        if (length <= 0 || length < LeastLength(sequence) || !_memory.Remove(sequence, length, -1))
        {
            length = 0;
            _restored[sequence] = 0;
            _memory.Remove(sequence, -1, -1);
        }

        foreach (int cell in _cellsOf[sequence].AsSpan(length.._lengths[sequence]))
        {
            if (--_references[cell] == 0)
                _free.Push(cell);
        }

        return _lengths[sequence] = length;
    }

    /// <inheritdoc/>
    public void Clear()
    {
        _memory.Clear();
        Array.Clear(_lengths);
        Array.Clear(_restored);
        Array.Clear(_references);
        FreeAll();
    }

    /// <inheritdoc/>
    public int CopyPrefix(int source, int destination, int length)
    {
        Truncate(destination, 0);
        length = Math.Min(length, _lengths[source]);
        if (length <= 0 || length < LeastLength(source))
            return 0;
        _memory.Copy(source, destination, 0, length);
        ReadOnlySpan<int> shared = _cellsOf[source].AsSpan(0, length);
        shared.CopyTo(_cellsOf[destination]);
        foreach (int cell in shared)
            _references[cell]++;
        _restored[destination] = _restored[source];
        return _lengths[destination] = length;
    }

    /// <inheritdoc/>
    public void Appended(int sequence, int count)
    {
        for (int i = 0; i < count; i++)
        {
            int cell = _free.Pop();
            _references[cell] = 1;
            _cellsOf[sequence][_lengths[sequence]++] = cell;
        }
    }

    /// <inheritdoc/>
    public bool HasRoomFor(int count) => count <= _free.Count;

    /// <inheritdoc/>
    public int CellsHeldBy(ReadOnlySpan<int> sequences)
    {
        int held = 0;
        _count++;
        foreach (int sequence in sequences)
        {
            foreach (int cell in _cellsOf[sequence].AsSpan(0, _lengths[sequence]))
            {
                held += _countedIn[cell] == _count ? 0 : 1;
                _countedIn[cell] = _count;
            }
        }

        return held;
    }

    /// <inheritdoc/>
    public bool IsBeingCopied(int sequence) => false;

    /// <inheritdoc/>
    public long StateBytes(int sequence) => _memory.StateBytes(sequence);

    /// <inheritdoc/>
    public bool SaveState(int sequence, StateBuffer state) => _memory.SaveState(sequence, state);

    /// <inheritdoc/>
    public bool LoadState(int sequence, StateBuffer state, int length)
    {
        Truncate(sequence, 0);
        if (!_memory.LoadState(sequence, state))
            return false;
        Appended(sequence, length);
        _restored[sequence] = _memory.HasWindow ? length : 0;
        return true;
    }

    private void FreeAll()
    {
        _free.Clear();
        for (int cell = Cells - 1; cell >= 0; cell--)
            _free.Push(cell);
    }
}
