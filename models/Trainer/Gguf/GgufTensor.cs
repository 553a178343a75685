namespace CascadeLocal.Trainer.Gguf;

/// <summary>A tensor of 32-bit numbers to write.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dimensions">Its dimensions, innermost first.</param>
/// <param name="Values">Makes its elements when they are written: not all of a large model fits into memory.</param>
internal sealed record GgufTensor(string Name, ulong[] Dimensions, Func<ReadOnlyMemory<float>> Values)
{
    /// <summary>Its elements.</summary>
    public long Length => checked((long)Dimensions.Aggregate(1UL, (product, size) => checked(product * size)));
}
