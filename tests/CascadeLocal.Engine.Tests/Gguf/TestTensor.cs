namespace CascadeLocal.Engine.Tests.Gguf;

/// <summary>A tensor to be written; an explicit offset overrides the right one.</summary>
internal sealed record TestTensor(string Name, ulong[] Dimensions, uint Type, byte[] Data)
{
    public ulong? Offset { get; init; }

    public void WriteInfo(BinaryWriter writer, long offset)
    {
        GgufBuilder.WriteString(writer, Name);
        writer.Write((uint)Dimensions.Length);
        foreach (ulong size in Dimensions)
            writer.Write(size);
        writer.Write(Type);
        writer.Write(Offset ?? (ulong)offset);
    }
}
