using System.Runtime.InteropServices;

namespace CascadeLocal.Engine.Sampling;

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
