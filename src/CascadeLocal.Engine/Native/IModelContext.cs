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
