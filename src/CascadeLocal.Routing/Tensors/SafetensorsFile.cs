using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace CascadeLocal.Routing.Tensors;

/// <summary>
/// A safetensors file: 8 bytes of header length, a JSON header, then the tensors. Everything the header says is checked
/// against the file before anything is read by it.
/// </summary>
internal sealed class SafetensorsFile : IDisposable
{
    private const int MaximumHeader = 100_000_000;
    private readonly FileStream _file;
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly long _dataStart;

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="FormatException">It is damaged; the message says how, and not which file it is.</exception>
    public SafetensorsFile(string path)
    {
        _file = File.OpenRead(path);
        try
        {
            byte[] header = ReadHeader();
            _dataStart = sizeof(ulong) + header.Length;
            using JsonDocument document = JsonDocument.Parse(header);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.Name != "__metadata__")
                    _entries[property.Name] = ParseEntry(property);
            }

            CheckApart();
        }
        catch (Exception error)
        {
            _file.Dispose();
            if (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException
                or OverflowException or EndOfStreamException)
                throw new FormatException($"is no valid safetensors file: {error.Message}", error);
            throw;
        }
    }

    /// <summary>The names of its tensors.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>Reads a tensor of F32, F16 or BF16 as float32.</summary>
    /// <exception cref="FormatException">There is none of that name, or it is of another kind.</exception>
    public NamedTensor Read(string name)
    {
        if (!_entries.TryGetValue(name, out Entry? entry))
            throw new FormatException($"has no tensor {name}");
        byte[] bytes = new byte[entry.Length];
        ReadExactly(bytes, _dataStart + entry.Start);
        return new(name, entry.Shape, ToFloats(bytes, entry.DataType, name));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private byte[] ReadHeader()
    {
        byte[] length = new byte[sizeof(ulong)];
        ReadExactly(length, 0);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(length);
        if (headerLength > MaximumHeader || (long)headerLength > _file.Length - sizeof(ulong))
            throw new FormatException("its header is longer than the file");
        byte[] header = new byte[headerLength];
        ReadExactly(header, sizeof(ulong));
        return header;
    }

    private void ReadExactly(byte[] buffer, long offset)
    {
        for (int done = 0; done < buffer.Length;)
        {
            int read = RandomAccess.Read(_file.SafeFileHandle, buffer.AsSpan(done), offset + done);
            if (read == 0)
                throw new EndOfStreamException("the file ends too early");
            done += read;
        }
    }

    private Entry ParseEntry(JsonProperty property)
    {
        string dataType = property.Value.GetProperty("dtype").GetString() ?? "";
        int[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];
        JsonElement offsets = property.Value.GetProperty("data_offsets");
        if (offsets.GetArrayLength() != 2)
            throw new FormatException($"tensor {property.Name} has other than two offsets");
        long start = offsets[0].GetInt64(), end = offsets[1].GetInt64();
        long available = _file.Length - _dataStart;
        if (start < 0 || end < start || end > available || end - start > Array.MaxLength || shape.Any(size => size < 0))
            throw new FormatException($"tensor {property.Name} lies outside of the file");
        long elements = shape.Aggregate(1L, (product, size) => checked(product * size));
        if (SizeOf(dataType) is { } size && checked(elements * size) != end - start)
            throw new FormatException($"tensor {property.Name} has {end - start} bytes, which is not what its shape needs");
        return new(dataType, shape, start, (int)(end - start));
    }

    // Else a small file could stand for any number of tensors, each as large as itself.
    private void CheckApart()
    {
        long end = 0;
        foreach ((string name, Entry entry) in _entries.OrderBy(e => e.Value.Start).ThenBy(e => e.Value.Length))
        {
            if (entry.Start < end)
                throw new FormatException($"tensor {name} overlaps another");
            end = entry.Start + entry.Length;
        }
    }

    private static int? SizeOf(string dataType) => dataType switch { "F32" => 4, "F16" or "BF16" => 2, _ => null };

    private static float[] ToFloats(byte[] bytes, string dataType, string name)
    {
        if (dataType == "F32")
            return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        float[] values = new float[bytes.Length / 2];
        switch (dataType)
        {
            case "F16":
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), values);
                break;
            case "BF16":
                Span<int> bits = MemoryMarshal.Cast<float, int>(values.AsSpan());
                ReadOnlySpan<ushort> halves = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (int i = 0; i < bits.Length; i++)
                    bits[i] = halves[i] << 16;
                break;
            default:
                throw new FormatException($"tensor {name} is {dataType}; F32, F16 and BF16 can be read");
        }

        return values;
    }

    private sealed record Entry(string DataType, int[] Shape, long Start, int Length);
}

/// <summary>A float32 tensor of a safetensors file, row-major.</summary>
internal sealed record NamedTensor(string Name, IReadOnlyList<int> Shape, float[] Values);
