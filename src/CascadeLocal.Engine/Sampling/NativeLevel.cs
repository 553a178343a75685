namespace CascadeLocal.Engine.Sampling;

/// <summary>The instruction sets of the native kernel, in rising order; <c>cascade_level</c> in native/include.</summary>
internal enum NativeLevel
{
    /// <summary>Any processor.</summary>
    Scalar = 0,

    /// <summary>AVX2 and FMA.</summary>
    Avx2 = 1,

    /// <summary>AVX-512F.</summary>
    Avx512 = 2,
}
