namespace CascadeLocal.Bench.Models;

/// <summary>A model that benchmarks run on, as a parameter of theirs.</summary>
/// <param name="Path">Its GGUF file.</param>
public sealed record BenchModel(string Path)
{
    /// <summary>What the tables call it.</summary>
    public override string ToString() => System.IO.Path.GetFileNameWithoutExtension(Path);
}
