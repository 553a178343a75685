using LLama.Native;

namespace CascadeLocal.Engine.Native;

/// <summary>A llama.cpp context. Owns the context; the weights belong to the caller.</summary>
internal sealed unsafe class LlamaModelContext : IModelContext
{
    private readonly SafeLLamaContextHandle _owner;
    private readonly LlamaFunctions _llama = LlamaFunctions.Instance;
    private readonly nint _context;
    private readonly nint _memory;

    /// <summary>Takes over a valid context.</summary>
    /// <exception cref="InvalidOperationException">It has no KV cache.</exception>
    public LlamaModelContext(SafeLLamaContextHandle context)
    {
        _owner = context;
        _context = context.DangerousGetHandle();
        _memory = _llama.GetMemory(_context);
        if (_memory == 0)
            throw new InvalidOperationException("The context has no KV cache.");
        VocabularySize = context.ModelHandle.Vocab.Count;
        HasWindow = context.ModelHandle.SWACount > 0;
        nint model = context.ModelHandle.DangerousGetHandle();
        CanCut = _llama.ModelIsRecurrent(model) == 0 && _llama.ModelIsHybrid(model) == 0;
    }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public bool CanCut { get; }

    /// <inheritdoc/>
    public bool HasWindow { get; }

    /// <summary>From the next decode on: threads of a step of one token, and of one of more.</summary>
    public void SetThreads(int threads, int threadsBatch) => _llama.SetThreads(_context, threads, threadsBatch);

    /// <inheritdoc/>
    public DecodeStatus Decode(StepBatch batch) => (DecodeStatus)_llama.Decode(_context, batch.ToNative());

    /// <inheritdoc/>
    public Span<float> Logits(int index)
    {
        float* logits = _llama.GetLogitsIth(_context, index);
        if (logits is null)
            throw new InvalidOperationException($"The batch's token {index} has no logits.");
        return new Span<float>(logits, VocabularySize);
    }

    /// <inheritdoc/>
    public bool Remove(int sequence, int from, int to) => _llama.MemorySeqRm(_memory, sequence, from, to) != 0;

    /// <inheritdoc/>
    /// <remarks>The buffers too: a NaN that a failed computation left in a masked cell would still spread from there.</remarks>
    public void Clear() => _llama.MemoryClear(_memory, 1);

    /// <inheritdoc/>
    public void Copy(int source, int destination, int from, int to) =>
        _llama.MemorySeqCp(_memory, source, destination, from, to);

    /// <inheritdoc/>
    public long StateBytes(int sequence) => checked((long)_llama.StateSeqGetSize(_context, sequence));

    /// <inheritdoc/>
    public bool SaveState(int sequence, StateBuffer state) =>
        _llama.StateSeqGetData(_context, state.Pointer, (nuint)state.Length, sequence) == (nuint)state.Length;

    /// <inheritdoc/>
    public bool LoadState(int sequence, StateBuffer state)
    {
        if (_llama.StateSeqSetData(_context, state.Pointer, (nuint)state.Length, sequence) == (nuint)state.Length)
            return true;
        Remove(sequence, -1, -1);
        return false;
    }

    /// <inheritdoc/>
    public int MinPosition(int sequence) => _llama.MemorySeqPosMin(_memory, sequence);

    /// <inheritdoc/>
    public int MaxPosition(int sequence) => _llama.MemorySeqPosMax(_memory, sequence);

    /// <inheritdoc/>
    public void Dispose() => _owner.Dispose();
}
