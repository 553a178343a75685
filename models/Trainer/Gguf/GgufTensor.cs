namespace CascadeLocal.Trainer.Gguf;

/// <summary>A tensor of 32-bit numbers to write.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dimensions">Its dimensions, innermost first.</param>
/// <param name="Values">Its elements.</param>
internal sealed record GgufTensor(string Name, ulong[] Dimensions, ReadOnlyMemory<float> Values);
