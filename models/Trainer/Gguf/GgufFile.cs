using System.Text;

namespace CascadeLocal.Trainer.Gguf;

/// <summary>Metadata and tensors of a GGUF file, as far as a warm start needs them.</summary>
internal sealed class GgufFile
{
    private const uint OldestVersion = 2;
    private const uint NewestVersion = 3;
    private const int DefaultAlignment = 32;
    private const int MaximumDimensions = 4;

    private readonly byte[] _contents;
    private readonly Dictionary<string, object> _metadata = [];
    private readonly Dictionary<string, TensorEntry> _tensors = [];
    private readonly long _dataOffset;

    private GgufFile(byte[] contents)
    {
        _contents = contents;
        using BinaryReader reader = new(new MemoryStream(contents));
        if (!reader.ReadBytes(4).AsSpan().SequenceEqual("GGUF"u8))
            throw new FormatException("the magic number is not GGUF");
        uint version = reader.ReadUInt32();
        if (version is < OldestVersion or > NewestVersion)
            throw new FormatException($"GGUF version {version} is not supported");
        ulong tensorCount = reader.ReadUInt64();
        ulong valueCount = reader.ReadUInt64();
        for (ulong i = 0; i < valueCount; i++)
            _metadata[ReadText(reader)] = ReadValue(reader, (GgufValueType)reader.ReadUInt32());
        for (ulong i = 0; i < tensorCount; i++)
            ReadTensorEntry(reader);
        long alignment = _metadata.GetValueOrDefault("general.alignment") is uint stated and > 0 ? stated : DefaultAlignment;
        _dataOffset = (reader.BaseStream.Position + alignment - 1) / alignment * alignment;
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">The file is not a GGUF that a warm start can read.</exception>
    public static GgufFile Read(string path)
    {
        try
        {
            return new(File.ReadAllBytes(path));
        }
        catch (Exception error) when (error is FormatException or EndOfStreamException or OverflowException
            or ArgumentException)
        {
            throw new FormatException($"{path}: {error.Message}", error);
        }
    }

    /// <summary>A metadata value.</summary>
    /// <exception cref="FormatException">It is absent or of another type.</exception>
    public T Get<T>(string key) => _metadata.GetValueOrDefault(key) is T value
        ? value
        : throw new FormatException($"{key} is missing or no {typeof(T).Name}");

    /// <summary>A tensor's elements as 32-bit numbers.</summary>
    /// <exception cref="FormatException">It is absent, of another length, or of a type that cannot be read.</exception>
    public void CopyTensor(string name, Span<float> target)
    {
        if (!_tensors.TryGetValue(name, out TensorEntry entry))
            throw new FormatException($"tensor {name} is missing");
        if (entry.Length != target.Length)
            throw new FormatException($"tensor {name} has {entry.Length} elements instead of {target.Length}");
        long start = _dataOffset + entry.Offset;
        long bytes = TensorDecoder.ByteLength(entry.Type, entry.Length, name);
        if (start < 0 || start > _contents.Length - bytes)
            throw new FormatException($"tensor {name} ends behind the file");
        TensorDecoder.Decode(entry.Type, _contents.AsSpan((int)start, (int)bytes), target);
    }

    private void ReadTensorEntry(BinaryReader reader)
    {
        string name = ReadText(reader);
        uint dimensions = reader.ReadUInt32();
        if (dimensions is 0 or > MaximumDimensions)
            throw new FormatException($"tensor {name} has {dimensions} dimensions");
        long length = 1;
        for (uint d = 0; d < dimensions; d++)
            length = checked(length * (long)reader.ReadUInt64());
        _tensors[name] = new((GgufTensorType)reader.ReadUInt32(), length, (long)reader.ReadUInt64());
    }

    private static string ReadText(BinaryReader reader)
    {
        int length = checked((int)reader.ReadUInt64());
        byte[] bytes = reader.ReadBytes(length);
        return bytes.Length == length ? Encoding.UTF8.GetString(bytes) : throw new EndOfStreamException();
    }

    private static object ReadValue(BinaryReader reader, GgufValueType type) => type switch
    {
        GgufValueType.UInt8 => reader.ReadByte(),
        GgufValueType.Int8 => reader.ReadSByte(),
        GgufValueType.UInt16 => reader.ReadUInt16(),
        GgufValueType.Int16 => reader.ReadInt16(),
        GgufValueType.UInt32 => reader.ReadUInt32(),
        GgufValueType.Int32 => reader.ReadInt32(),
        GgufValueType.Float32 => reader.ReadSingle(),
        GgufValueType.Boolean => reader.ReadBoolean(),
        GgufValueType.Text => ReadText(reader),
        GgufValueType.Array => ReadArray(reader),
        GgufValueType.UInt64 => reader.ReadUInt64(),
        GgufValueType.Int64 => reader.ReadInt64(),
        GgufValueType.Float64 => reader.ReadDouble(),
        _ => throw new FormatException($"metadata type {(uint)type} is unknown"),
    };

    private static List<object> ReadArray(BinaryReader reader)
    {
        GgufValueType type = (GgufValueType)reader.ReadUInt32();
        if (type == GgufValueType.Array)
            throw new FormatException("arrays of arrays are not supported");
        ulong count = reader.ReadUInt64();
        List<object> values = [];
        for (ulong i = 0; i < count; i++)
            values.Add(ReadValue(reader, type));
        return values;
    }

    private readonly record struct TensorEntry(GgufTensorType Type, long Length, long Offset);
}
