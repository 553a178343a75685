namespace CascadeLocal.Engine.Gguf;

/// <summary>One row of the tensor table.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Dimensions">One to four sizes, the contiguous one first; each at least 1.</param>
/// <param name="Type">How elements are stored.</param>
/// <param name="Offset">Where its data starts, from the start of the data section.</param>
/// <param name="Elements">Elements in all.</param>
/// <param name="Bytes">Bytes of its data.</param>
internal sealed record GgufTensor(string Name, long[] Dimensions, GgmlType Type, long Offset, long Elements, long Bytes);

/// <summary>
/// Reads the tensor table and lays it over the data section. As in llama.cpp, tensors must follow each other in the
/// order of the table, each padded to the alignment: this excludes overlaps, gaps and unaligned offsets at once.
/// </summary>
internal sealed class GgufTensorTable(GgufReader reader, long alignment)
{
    // ggml's GGML_MAX_NAME, its terminating zero not counted.
    private const int LongestName = 63;

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public GgufTensor[] Read(int count)
    {
        GgufTensor[] tensors = new GgufTensor[count];
        for (int i = 0; i < count; i++)
            tensors[i] = ReadTensor($"tensor {i:N0}");
        CheckLayout(tensors, Pad(reader.Position));
        return tensors;
    }

    private GgufTensor ReadTensor(string field)
    {
        string name = reader.ReadString(field, LongestName);
        if (name.Length == 0)
            throw reader.Failure(field, "the name is empty");
        if (name.Contains('\0', StringComparison.Ordinal))
            throw reader.Failure(field, "the name holds a zero character");
        if (!_names.Add(name))
            throw reader.Failure(name, "the tensor occurs twice");

        long[] dimensions = ReadDimensions(name, out long elements);
        GgmlType type = (GgmlType)reader.ReadUInt32(name);
        (int blockElements, int blockBytes) = type.Block();
        if (blockElements == 0)
            throw reader.Failure(name, $"tensor type {(uint)type} is unknown or no longer supported");
        if (dimensions[0] % blockElements != 0)
            throw reader.Failure(name, $"rows of {dimensions[0]:N0} elements are no multiple of {type}'s block of {blockElements}");
        if (elements / blockElements > reader.Length / blockBytes)
            throw TooLarge(name, (ulong)elements);

        ulong offset = reader.ReadUInt64(name);
        if (offset > (ulong)reader.Length)
            throw reader.Failure(name, $"its data would start {offset:N0} bytes into the data section, beyond the end of the file at {reader.Length:N0}");
        return new GgufTensor(name, dimensions, type, (long)offset, elements, elements / blockElements * blockBytes);
    }

    private long[] ReadDimensions(string name, out long elements)
    {
        uint count = reader.ReadUInt32(name);
        if (count is 0 or > 4)
            throw reader.Failure(name, $"{count:N0} dimensions; 1 to 4 are allowed");
        long[] dimensions = new long[count];
        UInt128 product = 1;
        for (int i = 0; i < dimensions.Length; i++)
        {
            ulong size = reader.ReadUInt64(name);
            if (size is 0 or > int.MaxValue)
                throw reader.Failure(name, $"dimension {i} is {size:N0}");
            dimensions[i] = (long)size;
            product *= size;
        }

        // No type stores an element in less than an eighth of a byte; this also keeps the count well within 63 bits.
        if (product > (UInt128)reader.Length * 8)
            throw TooLarge(name, product);
        elements = (long)product;
        return dimensions;
    }

    private void CheckLayout(GgufTensor[] tensors, long dataOffset)
    {
        long expected = 0;
        foreach (GgufTensor tensor in tensors)
        {
            if (tensor.Offset != expected)
                throw reader.Failure(tensor.Name, $"its data is at offset {tensor.Offset:N0} of the data section; after the tensor before it, it must be at {expected:N0}");
            long end = dataOffset + tensor.Offset + tensor.Bytes;
            if (end > reader.Length)
                throw reader.Failure(tensor.Name, $"the file ends at {reader.Length:N0} but tensor {tensor.Name} needs bytes up to {end:N0}: truncated");
            expected = Pad(tensor.Offset + tensor.Bytes);
        }
    }

    // Both operands are below 2^63 / 2: a position in the file, and an alignment of at most 2^31.
    private long Pad(long position) => (position + alignment - 1) & -alignment;

    private ModelLoadException TooLarge(string name, UInt128 elements) =>
        reader.Failure(name, $"{elements:N0} elements cannot fit into a file of {reader.Length:N0} bytes: truncated or corrupt");
}
