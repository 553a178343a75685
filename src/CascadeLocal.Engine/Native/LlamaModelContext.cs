using System.Runtime.InteropServices;

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

/// <summary>
/// The few llama.cpp calls a step is made of, as function pointers into the library that LLamaSharp loaded. LLamaSharp's
/// own bindings of them take one lock for the whole process, under which two models would decode in turns, and
/// allocate on every step.
/// </summary>
internal sealed unsafe class LlamaFunctions
{
    private static readonly Lazy<LlamaFunctions> Shared = new(() => new LlamaFunctions(NativeBackend.Handle));

    private LlamaFunctions(nint library)
    {
        Decode = (delegate* unmanaged<nint, LLamaNativeBatch, int>)NativeLibrary.GetExport(library, "llama_decode");
        GetLogitsIth = (delegate* unmanaged<nint, int, float*>)NativeLibrary.GetExport(library, "llama_get_logits_ith");
        SetThreads = (delegate* unmanaged<nint, int, int, void>)NativeLibrary.GetExport(library, "llama_set_n_threads");
        GetMemory = (delegate* unmanaged<nint, nint>)NativeLibrary.GetExport(library, "llama_get_memory");
        MemoryClear = (delegate* unmanaged<nint, byte, void>)NativeLibrary.GetExport(library, "llama_memory_clear");
        MemorySeqRm = (delegate* unmanaged<nint, int, int, int, byte>)NativeLibrary.GetExport(library, "llama_memory_seq_rm");
        MemorySeqCp = (delegate* unmanaged<nint, int, int, int, int, void>)NativeLibrary.GetExport(library, "llama_memory_seq_cp");
        MemorySeqPosMin = (delegate* unmanaged<nint, int, int>)NativeLibrary.GetExport(library, "llama_memory_seq_pos_min");
        MemorySeqPosMax = (delegate* unmanaged<nint, int, int>)NativeLibrary.GetExport(library, "llama_memory_seq_pos_max");
        StateSeqGetSize = (delegate* unmanaged<nint, int, nuint>)NativeLibrary.GetExport(library, "llama_state_seq_get_size");
        StateSeqGetData = (delegate* unmanaged<nint, byte*, nuint, int, nuint>)NativeLibrary.GetExport(library, "llama_state_seq_get_data");
        StateSeqSetData = (delegate* unmanaged<nint, byte*, nuint, int, nuint>)NativeLibrary.GetExport(library, "llama_state_seq_set_data");
        ModelIsRecurrent = (delegate* unmanaged<nint, byte>)NativeLibrary.GetExport(library, "llama_model_is_recurrent");
        ModelIsHybrid = (delegate* unmanaged<nint, byte>)NativeLibrary.GetExport(library, "llama_model_is_hybrid");
    }

    /// <summary>The functions of the loaded library; <see cref="NativeBackend"/> must have been initialised.</summary>
    public static LlamaFunctions Instance => Shared.Value;

    /// <summary><c>llama_decode(ctx, batch)</c>.</summary>
    public delegate* unmanaged<nint, LLamaNativeBatch, int> Decode { get; }

    /// <summary><c>llama_get_logits_ith(ctx, i)</c>; null where no logits were asked for.</summary>
    public delegate* unmanaged<nint, int, float*> GetLogitsIth { get; }

    /// <summary><c>llama_set_n_threads(ctx, n_threads, n_threads_batch)</c>: of a step of one token, and of one of more.</summary>
    public delegate* unmanaged<nint, int, int, void> SetThreads { get; }

    /// <summary><c>llama_get_memory(ctx)</c>.</summary>
    public delegate* unmanaged<nint, nint> GetMemory { get; }

    /// <summary><c>llama_memory_clear(mem, data)</c>: forgets everything and, where data is not 0, zeroes the buffers.</summary>
    public delegate* unmanaged<nint, byte, void> MemoryClear { get; }

    /// <summary><c>llama_memory_seq_rm(mem, seq, p0, p1)</c>; 0 where a partial removal is not possible.</summary>
    public delegate* unmanaged<nint, int, int, int, byte> MemorySeqRm { get; }

    /// <summary><c>llama_memory_seq_cp(mem, from, to, p0, p1)</c>.</summary>
    public delegate* unmanaged<nint, int, int, int, int, void> MemorySeqCp { get; }

    /// <summary><c>llama_memory_seq_pos_min(mem, seq)</c>; -1 when empty.</summary>
    public delegate* unmanaged<nint, int, int> MemorySeqPosMin { get; }

    /// <summary><c>llama_memory_seq_pos_max(mem, seq)</c>; -1 when empty.</summary>
    public delegate* unmanaged<nint, int, int> MemorySeqPosMax { get; }

    /// <summary><c>llama_state_seq_get_size(ctx, seq)</c>: bytes that the whole state of a sequence takes.</summary>
    public delegate* unmanaged<nint, int, nuint> StateSeqGetSize { get; }

    /// <summary><c>llama_state_seq_get_data(ctx, dst, size, seq)</c>: writes it and returns its bytes, 0 on failure.</summary>
    public delegate* unmanaged<nint, byte*, nuint, int, nuint> StateSeqGetData { get; }

    /// <summary><c>llama_state_seq_set_data(ctx, src, size, seq)</c>: reads it and returns its bytes, 0 on failure. Trusts its content.</summary>
    public delegate* unmanaged<nint, byte*, nuint, int, nuint> StateSeqSetData { get; }

    /// <summary><c>llama_model_is_recurrent(model)</c>: not 0 where all layers have a recurrent state.</summary>
    public delegate* unmanaged<nint, byte> ModelIsRecurrent { get; }

    /// <summary><c>llama_model_is_hybrid(model)</c>: not 0 where some layers have a recurrent state and some a KV cache.</summary>
    public delegate* unmanaged<nint, byte> ModelIsHybrid { get; }
}
