namespace CascadeLocal.Engine.Gguf;

/// <summary>One row of the tensor table.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Dimensions">One to four sizes, the contiguous one first; each at least 1.</param>
/// <param name="Type">How elements are stored.</param>
/// <param name="Offset">Where its data starts, from the start of the data section.</param>
/// <param name="Elements">Elements in all.</param>
/// <param name="Bytes">Bytes of its data.</param>
internal sealed record GgufTensor(string Name, long[] Dimensions, GgmlType Type, long Offset, long Elements, long Bytes);
