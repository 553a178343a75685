namespace CascadeLocal.Engine.Sampling;

/// <summary>
/// What all samplers of one decode thread share: the kernel and its scratch memory. Not for two threads at once.
/// </summary>
internal sealed class LogitsWorkspace(int vocabularySize, ILogitsKernel kernel)
{
    private readonly ulong[] _scratch = GC.AllocateUninitializedArray<ulong>(vocabularySize);

    /// <summary>Takes the best kernel of this process.</summary>
    public LogitsWorkspace(int vocabularySize)
        : this(vocabularySize, LogitsKernel.Best)
    {
    }

    /// <summary>The kernel in use.</summary>
    public ILogitsKernel Kernel { get; } = kernel;

    /// <summary>One word per token of the vocabulary.</summary>
    public Span<ulong> Scratch => _scratch;
}
