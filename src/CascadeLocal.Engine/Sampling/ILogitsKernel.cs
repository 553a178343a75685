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
