namespace CascadeLocal.Trainer.Gguf;

/// <summary>Tensor types that a warm start can read.</summary>
internal enum GgufTensorType : uint
{
    /// <summary>32-bit numbers.</summary>
    Float32 = 0,

    /// <summary>16-bit numbers.</summary>
    Float16 = 1,

    /// <summary>Blocks of 32 signed bytes with one 16-bit scale.</summary>
    Q8 = 8,
}
