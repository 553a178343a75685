namespace CascadeLocal.Routing.Embedding;

/// <summary>The number format of the encoder's matrix products.</summary>
public enum EncoderPrecision
{
    /// <summary><see cref="FixedPoint"/> on a CPU that has it, <see cref="Float32"/> elsewhere: what serves and fits.</summary>
    Automatic,

    /// <summary>float32 throughout: within 2e-6 of the original.</summary>
    Float32,

    /// <summary>bfloat16 products between float32 sums and norms: about twice as fast where the CPU has AVX512_BF16.</summary>
    BFloat16,

    /// <summary>
    /// Products of 16-bit integers that share a scale in blocks of 64, between float32 ends: about as fast as bfloat16 and
    /// within 1e-3 of the original, on any CPU with AVX-512.
    /// </summary>
    FixedPoint,
}
