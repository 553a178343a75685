using System.Runtime.InteropServices;

using LLama.Native;

namespace CascadeLocal.Engine.Native;

/// <summary>
/// The batch of one step, in native memory that is allocated once. Each token belongs to one sequence.
/// </summary>
internal sealed unsafe class StepBatch : IDisposable
{
    private readonly int* _tokens;
    private readonly int* _positions;
    private readonly int* _sequences;
    private readonly int* _sequenceCounts;
    private readonly int** _sequencePointers;
    private readonly byte* _logits;
    private void* _memory;

    /// <summary>Allocates room for <paramref name="capacity"/> tokens.</summary>
    public StepBatch(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        Capacity = capacity;
        nuint count = (nuint)capacity;
        nuint bytes = count * (nuint)((4 * sizeof(int)) + sizeof(int*) + sizeof(byte));
        _memory = NativeMemory.AllocZeroed(bytes);

        // Pointers first, so that everything behind them is aligned.
        _sequencePointers = (int**)_memory;
        _tokens = (int*)(_sequencePointers + count);
        _positions = _tokens + count;
        _sequences = _positions + count;
        _sequenceCounts = _sequences + count;
        _logits = (byte*)(_sequenceCounts + count);
        for (int i = 0; i < capacity; i++)
        {
            _sequenceCounts[i] = 1;
            _sequencePointers[i] = _sequences + i;
        }
    }

    /// <summary>The most tokens it holds.</summary>
    public int Capacity { get; }

    /// <summary>Tokens in it.</summary>
    public int Count { get; private set; }

    /// <summary>The tokens' ids.</summary>
    public ReadOnlySpan<int> Tokens => new(_tokens, Count);

    /// <summary>The tokens' positions in their sequences.</summary>
    public ReadOnlySpan<int> Positions => new(_positions, Count);

    /// <summary>The sequence each token belongs to.</summary>
    public ReadOnlySpan<int> Sequences => new(_sequences, Count);

    /// <summary>Whether logits are wanted for each token (0 or 1).</summary>
    public ReadOnlySpan<byte> Logits => new(_logits, Count);

    /// <summary>Empties it.</summary>
    public void Clear() => Count = 0;

    /// <summary>Appends a token and returns its index in the batch.</summary>
    public int Add(int token, int position, int sequence, bool logits)
    {
        if (Count == Capacity)
            throw new InvalidOperationException($"The batch holds {Capacity} tokens and is full.");
        int index = Count++;
        _tokens[index] = token;
        _positions[index] = position;
        _sequences[index] = sequence;
        _logits[index] = logits ? (byte)1 : (byte)0;
        return index;
    }

    /// <summary>The batch as llama.cpp takes it. Valid while this object lives and is not changed.</summary>
    public LLamaNativeBatch ToNative() => new()
    {
        n_tokens = Count,
        tokens = (LLamaToken*)_tokens,
        pos = (LLamaPos*)_positions,
        n_seq_id = _sequenceCounts,
        seq_id = (LLamaSeqId**)_sequencePointers,
        logits = _logits,
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_memory);
        _memory = null;
    }
}
