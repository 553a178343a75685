namespace CascadeLocal.Engine.Native;

/// <summary>
/// A model with its KV cache, as the scheduler sees it. Not thread-safe: everything happens on the decode thread.
/// </summary>
internal interface IModelContext : IKvMemory, IDisposable
{
    /// <summary>Tokens in the vocabulary, the length of a row of logits.</summary>
    int VocabularySize { get; }

    /// <summary>Evaluates a batch.</summary>
    DecodeStatus Decode(StepBatch batch);

    /// <summary>
    /// The logits of the batch's token <paramref name="index"/>, in native memory; they may be written to and are valid
    /// until the next decode.
    /// </summary>
    Span<float> Logits(int index);
}

/// <summary>The raw KV cache operations of llama.cpp. Positions are [from, to); a negative end means all.</summary>
internal interface IKvMemory
{
    /// <summary>
    /// Whether the end of a sequence can be removed, and its beginning copied. Where a layer is recurrent, what it holds is one
    /// state that all tokens have gone into: of a sequence there is the whole or nothing.
    /// </summary>
    bool CanCut { get; }

    /// <summary>
    /// Whether some layers attend to the last tokens alone (a sliding window). A saved state has of them no more than the window before its
    /// end, so that what is restored from it cannot be cut.
    /// </summary>
    bool HasWindow { get; }

    /// <summary>Removes a range of a sequence; false where only whole sequences can be removed and this is not one.</summary>
    bool Remove(int sequence, int from, int to);

    /// <summary>Empties every sequence, whatever it holds.</summary>
    void Clear();

    /// <summary>Makes a range of one sequence part of another too.</summary>
    void Copy(int source, int destination, int from, int to);

    /// <summary>Bytes that the whole state of a sequence takes outside.</summary>
    long StateBytes(int sequence);

    /// <summary>Writes the whole state of a sequence into <paramref name="state"/>; false where it could not be, or is not as long.</summary>
    bool SaveState(int sequence, StateBuffer state);

    /// <summary>
    /// Makes what <see cref="SaveState"/> has written of some sequence of this model the content of <paramref name="sequence"/>; false, and
    /// the sequence is empty, where it could not be. What is written is trusted.
    /// </summary>
    bool LoadState(int sequence, StateBuffer state);

    /// <summary>The lowest position a sequence holds, -1 when it is empty; that of the last token where it cannot be cut.</summary>
    int MinPosition(int sequence);

    /// <summary>The highest position a sequence holds, -1 when it is empty.</summary>
    int MaxPosition(int sequence);
}

/// <summary>
/// What <c>llama_decode</c> made of a batch, by its own numbers. A batch is evaluated in parts (ubatches): where a part
/// fails, the cells of those before it stay in the memory.
/// </summary>
internal enum DecodeStatus
{
    /// <summary>Evaluated; logits are there.</summary>
    Ok = 0,

    /// <summary>Not enough free KV cells; nothing has changed.</summary>
    NoKvSlot = 1,

    /// <summary>Ended by the abort callback; what was done stays.</summary>
    Aborted = 2,

    /// <summary>The batch does not follow on what the memory holds; nothing has changed.</summary>
    InvalidBatch = -1,

    /// <summary>A buffer could not be allocated; what was done stays.</summary>
    AllocationFailed = -2,

    /// <summary>A computation failed; what was done stays.</summary>
    ComputeFailed = -3,
}
