namespace CascadeLocal.Engine.Gguf;

/// <summary>Block sizes of <see cref="GgmlType"/>; a test compares them with the native library's own.</summary>
internal static class GgmlTypes
{
    /// <summary>Elements and bytes of one block; (0, 0) for a number that is no type.</summary>
    public static (int Elements, int Bytes) Block(this GgmlType type) => type switch
    {
        GgmlType.F32 or GgmlType.I32 => (1, 4),
        GgmlType.F16 or GgmlType.BF16 or GgmlType.I16 => (1, 2),
        GgmlType.F64 or GgmlType.I64 => (1, 8),
        GgmlType.I8 => (1, 1),
        GgmlType.Q4_0 or GgmlType.IQ4_NL => (32, 18),
        GgmlType.Q4_1 => (32, 20),
        GgmlType.Q5_0 => (32, 22),
        GgmlType.Q5_1 => (32, 24),
        GgmlType.Q8_0 => (32, 34),
        GgmlType.Q8_1 => (32, 36),
        GgmlType.Q2_K => (256, 84),
        GgmlType.Q3_K or GgmlType.IQ3_S => (256, 110),
        GgmlType.Q4_K => (256, 144),
        GgmlType.Q5_K => (256, 176),
        GgmlType.Q6_K => (256, 210),
        GgmlType.Q8_K => (256, 292),
        GgmlType.IQ2_XXS or GgmlType.TQ2_0 => (256, 66),
        GgmlType.IQ2_XS => (256, 74),
        GgmlType.IQ3_XXS => (256, 98),
        GgmlType.IQ1_S => (256, 50),
        GgmlType.IQ2_S => (256, 82),
        GgmlType.IQ4_XS => (256, 136),
        GgmlType.IQ1_M => (256, 56),
        GgmlType.TQ1_0 => (256, 54),
        GgmlType.MXFP4 => (32, 17),
        GgmlType.NVFP4 => (64, 36),
        GgmlType.Q1_0 => (128, 18),
        GgmlType.Q2_0 => (64, 18),
        _ => (0, 0),
    };

    /// <summary>
    /// Whether weights are stored in this type. The others are what ggml uses for indices and for activations: it has no
    /// product for them, so a matrix of such a type would be a null function call.
    /// </summary>
    public static bool HoldsWeights(this GgmlType type) => type.Block().Elements != 0
        && type is not (GgmlType.Q8_1 or GgmlType.Q8_K or GgmlType.F64
            or GgmlType.I8 or GgmlType.I16 or GgmlType.I32 or GgmlType.I64);

    /// <summary>Whether this is one of the floating-point types that norms and biases are stored in.</summary>
    public static bool IsFloat(this GgmlType type) => type is GgmlType.F32 or GgmlType.F16 or GgmlType.BF16;

    /// <summary>Bytes of a row of <paramref name="elements"/>, the last block full.</summary>
    public static long RowBytes(this GgmlType type, long elements)
    {
        (int blockElements, int blockBytes) = type.Block();
        return checked((elements + blockElements - 1) / blockElements * blockBytes);
    }
}
