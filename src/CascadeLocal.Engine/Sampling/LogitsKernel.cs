using System.Runtime.InteropServices;

namespace CascadeLocal.Engine.Sampling;

/// <summary>
/// The passes over a vocabulary. A NaN logit counts as minus infinity (an impossible token) and plus infinity as
/// <see cref="float.MaxValue"/>. Implementations keep nothing between calls and allocate nothing.
/// </summary>
internal interface ILogitsKernel
{
    /// <summary>Which implementation it is, for logs and benchmarks: "native avx512", "managed".</summary>
    string Name { get; }

    /// <summary>Reads all logits once. Without any possible token <see cref="LogitsSummary.Best"/> is -1.</summary>
    LogitsSummary Summarize(ReadOnlySpan<float> logits);

    /// <summary>Chooses a token.</summary>
    /// <param name="logits">One per token, bias and penalties applied.</param>
    /// <param name="selection">What is kept, and at which temperature it is drawn.</param>
    /// <param name="uniform">The random number, in [0, 1).</param>
    /// <param name="scratch">At least one word per logit; its content means nothing before and after.</param>
    /// <returns>The token, or -1 if none is possible.</returns>
    int Choose(ReadOnlySpan<float> logits, TokenSelection selection, double uniform, Span<ulong> scratch);
}

/// <summary>
/// What one pass over the logits finds out about their distribution at temperature 1. The layout is that of
/// <c>cascade_summary</c> in native/include/cascade_native.h.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LogitsSummary
{
    /// <summary>The most probable token, the lowest id of equal ones; -1 if none is possible.</summary>
    public int Best;

    /// <summary>The best token's logit.</summary>
    public float BestLogit;

    /// <summary>The next best token's logit; minus infinity if no other token is possible.</summary>
    public float SecondLogit;

    /// <summary>Fills the struct up to eight bytes.</summary>
    public int Reserved;

    /// <summary>ln of the sum of exp(logit - best logit); at least 0.</summary>
    public double LogSum;

    /// <summary>Shannon entropy in nats.</summary>
    public double Entropy;

    /// <summary>The signals of a token with this raw logit; always finite.</summary>
    public readonly TokenSignals SignalsOf(float logit)
    {
        // In double precision, since the difference of two floats may leave the range of float.
        double logProbability = Math.Min((double)logit, float.MaxValue) - BestLogit - LogSum;
        double margin = (double)BestLogit - SecondLogit;
        return new TokenSignals(
            (float)Math.Max(logProbability, -float.MaxValue),
            (float)Entropy,
            (float)Math.Min(margin, float.MaxValue));
    }
}

/// <summary>
/// The settings of one choice; the layout is that of <c>cascade_selection</c> in native/include/cascade_native.h.
/// </summary>
/// <param name="Temperature">0 takes the most probable token.</param>
/// <param name="TopK">0 keeps all tokens.</param>
/// <param name="TopP">1 keeps all tokens.</param>
/// <param name="MinP">0 keeps all tokens.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TokenSelection(float Temperature, int TopK, float TopP, float MinP);

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

/// <summary>Picks the kernel of this process.</summary>
internal static class LogitsKernel
{
    /// <summary>The native kernel if its library lies beside the program and can be used here, else the managed twin.</summary>
    public static ILogitsKernel Best { get; } =
        NativeLogitsLibrary.Instance is { } library
            ? new NativeLogitsKernel(library, library.BestLevel)
            : new ManagedLogitsKernel();
}
