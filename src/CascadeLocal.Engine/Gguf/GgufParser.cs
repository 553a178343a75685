using System.Text;

namespace CascadeLocal.Engine.Gguf;

/// <summary>Reads the header, the metadata and the tensor table, and refuses whatever does not fit into the file.</summary>
internal sealed class GgufParser(GgufReader reader)
{
    /// <summary>Strings above this many bytes (an embedded tokenizer.json, say) are passed over.</summary>
    public const int LongestHeldString = 1 << 20;

    /// <summary>Arrays of numbers up to this length are held: more than any per-layer list has.</summary>
    public const int LongestHeldArray = 1024;

    private const int LongestKey = 65_535;

    // The tables' own sizes: names and strings of one byte at least, values of one.
    private const int SmallestEntry = 8 + 1 + 4 + 1;
    private const int SmallestTensor = 8 + 1 + 4 + 8 + 4 + 8;

    // llama.cpp compares every name with every other one; real files have some dozens of keys and some thousands of tensors.
    private const int MostEntries = 65_536;

    private readonly Dictionary<string, GgufValue> _metadata = new(StringComparer.Ordinal);

    public (Dictionary<string, GgufValue> Metadata, GgufTensor[] Tensors) Parse()
    {
        GgufPreamble.Check(reader);
        ulong tensors = reader.ReadUInt64("tensor count");
        ulong entries = reader.ReadUInt64("metadata count");
        CheckCount("metadata count", entries, SmallestEntry);
        CheckCount("tensor count", tensors, SmallestTensor);

        for (int i = 0; i < (int)entries; i++)
            ReadEntry($"metadata entry {i:N0}");

        long alignment = Alignment();
        return (_metadata, new GgufTensorTable(reader, alignment).Read((int)tensors));
    }

    private void CheckCount(string field, ulong count, int smallest)
    {
        if (count > (ulong)(reader.Remaining / smallest))
            throw reader.Failure(field, $"{count:N0} entries cannot fit into a file of {reader.Length:N0} bytes");
        if (count > MostEntries)
            throw reader.Failure(field, $"{count:N0} entries; at most {MostEntries:N0} are allowed");
    }

    private void ReadEntry(string field)
    {
        string key = reader.ReadString(field, LongestKey);
        if (key.Length == 0)
            throw reader.Failure(field, "the key is empty");
        if (key.Contains('\0', StringComparison.Ordinal))
            throw reader.Failure(field, "the key holds a zero character");
        if (!_metadata.TryAdd(key, ReadValue(key)))
            throw reader.Failure(key, "the key occurs twice");
    }

    private GgufValue ReadValue(string key)
    {
        GgufValueType type = (GgufValueType)reader.ReadUInt32(key);
        if (type != GgufValueType.Array)
            return ReadScalar(key, type);

        GgufValueType elements = (GgufValueType)reader.ReadUInt32(key);
        ulong count = reader.ReadUInt64(key);
        if (elements == GgufValueType.Array)
            throw reader.Failure(key, "an array of arrays, which llama.cpp does not read");
        int size = elements.MinimumSize();
        if (size == 0)
            throw reader.Failure(key, $"unknown value type {(uint)elements}");
        // 2^30 is also what llama.cpp takes at most.
        if (count > (ulong)(reader.Remaining / size) || count > 1 << 30)
            throw reader.Failure(key, $"{count:N0} elements cannot fit into the {reader.Remaining:N0} bytes that are left of the file: truncated or corrupt");
        return ReadArray(key, elements, (long)count);
    }

    private GgufValue ReadScalar(string key, GgufValueType type)
    {
        if (type == GgufValueType.String)
        {
            int bytes = reader.ReadStringLength(key);
            GgufValue value = new(type, type, 1, reader.Position);
            if (bytes <= LongestHeldString)
                return value with { Text = reader.ReadText(bytes, Encoding.UTF8, key) };
            reader.Skip(bytes, key);
            return value;
        }

        if (type.MinimumSize() == 0)
            throw reader.Failure(key, $"unknown value type {(uint)type}");
        return new GgufValue(type, type, 1, reader.Position) { Numbers = [ReadNumber(key, type)] };
    }

    private GgufValue ReadArray(string key, GgufValueType elements, long count)
    {
        GgufValue value = new(GgufValueType.Array, elements, count, reader.Position);
        if (elements == GgufValueType.String)
        {
            for (long i = 0; i < count; i++)
                reader.Skip(reader.ReadStringLength(key), key);
            return value;
        }

        if (count > LongestHeldArray)
        {
            reader.Skip(count * elements.MinimumSize(), key);
            return value;
        }

        double[] numbers = new double[count];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = ReadNumber(key, elements);
        return value with { Numbers = numbers };
    }

    private double ReadNumber(string key, GgufValueType type) => type switch
    {
        GgufValueType.UInt8 => reader.ReadByte(key),
        GgufValueType.Int8 => (sbyte)reader.ReadByte(key),
        GgufValueType.Bool => reader.ReadByte(key) != 0 ? 1 : 0,
        GgufValueType.UInt16 => reader.ReadUInt16(key),
        GgufValueType.Int16 => (short)reader.ReadUInt16(key),
        GgufValueType.UInt32 => reader.ReadUInt32(key),
        GgufValueType.Int32 => (int)reader.ReadUInt32(key),
        GgufValueType.Float32 => BitConverter.UInt32BitsToSingle(reader.ReadUInt32(key)),
        GgufValueType.UInt64 => reader.ReadUInt64(key),
        GgufValueType.Int64 => (long)reader.ReadUInt64(key),
        _ => BitConverter.UInt64BitsToDouble(reader.ReadUInt64(key)),
    };

    private long Alignment()
    {
        const string Key = "general.alignment";
        if (!_metadata.TryGetValue(Key, out GgufValue? value))
            return 32;
        if (value.Type != GgufValueType.UInt32)
            throw reader.Failure(Key, $"is {value.TypeName}, but must be UInt32");
        uint alignment = (uint)value.Numbers![0];
        if (!System.Numerics.BitOperations.IsPow2(alignment))
            throw reader.Failure(Key, $"{alignment:N0} is no power of two");
        return alignment;
    }
}
