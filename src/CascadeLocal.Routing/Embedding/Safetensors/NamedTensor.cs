namespace CascadeLocal.Routing.Embedding.Safetensors;

/// <summary>A float32 tensor of a safetensors file, row-major.</summary>
internal sealed record NamedTensor(string Name, IReadOnlyList<int> Shape, float[] Values);
