namespace CascadeLocal.Routing.Embedding;

/// <summary>The number format of the encoder's matrix products.</summary>
public enum EncoderPrecision
{
    /// <summary>float32 throughout: within 2e-6 of the original.</summary>
    Float32,

    /// <summary>bfloat16 products between float32 sums and norms: about twice as fast where the CPU has AVX512_BF16.</summary>
    BFloat16,
}
