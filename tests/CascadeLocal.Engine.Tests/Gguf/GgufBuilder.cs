using System.Text;

namespace CascadeLocal.Engine.Tests.Gguf;

/// <summary>Writes GGUF files, right and wrong ones: whatever is set is written as it is.</summary>
internal sealed class GgufBuilder
{
    private readonly List<(string Key, Action<BinaryWriter> Write)> _entries = [];
    private readonly List<TestTensor> _tensors = [];

    public uint Version { get; set; } = 3;

    public int Alignment { get; set; } = 32;

    public ulong? TensorCount { get; set; }

    public ulong? EntryCount { get; set; }

    public GgufBuilder Remove(string key)
    {
        _entries.RemoveAll(entry => entry.Key == key);
        return this;
    }

    public GgufBuilder Set(string key, string value) => Replace(key, 8, writer => WriteString(writer, value));

    public GgufBuilder Set(string key, uint value) => Replace(key, 4, writer => writer.Write(value));

    public GgufBuilder Set(string key, float value) => Replace(key, 6, writer => writer.Write(value));

    public GgufBuilder Set(string key, bool value) => Replace(key, 7, writer => writer.Write((byte)(value ? 1 : 0)));

    public GgufBuilder Set(string key, string[] values) => Array(key, 8, values, WriteString);

    public GgufBuilder Set(string key, int[] values) => Array(key, 5, values, (writer, value) => writer.Write(value));

    public GgufBuilder Set(string key, float[] values) => Array(key, 6, values, (writer, value) => writer.Write(value));

    /// <summary>Sets a value of any type number by its raw bytes.</summary>
    public GgufBuilder SetRaw(string key, uint type, Action<BinaryWriter> write) => Replace(key, type, write);

    /// <summary>Adds an entry even if the key is there already.</summary>
    public GgufBuilder Append(string key, uint value)
    {
        _entries.Add((key, Typed(4, writer => writer.Write(value))));
        return this;
    }

    public GgufBuilder Add(TestTensor tensor)
    {
        _tensors.Add(tensor);
        return this;
    }

    public GgufBuilder RemoveTensors(Predicate<string> name)
    {
        _tensors.RemoveAll(tensor => name(tensor.Name));
        return this;
    }

    public GgufBuilder Change(string tensor, Func<TestTensor, TestTensor> change)
    {
        int index = _tensors.FindIndex(candidate => candidate.Name == tensor);
        _tensors[index] = change(_tensors[index]);
        return this;
    }

    /// <summary>The file's bytes; <paramref name="headerBytes"/> of them come before the tensors' data.</summary>
    public byte[] Build(out int headerBytes)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write(TensorCount ?? (ulong)_tensors.Count);
        writer.Write(EntryCount ?? (ulong)_entries.Count);
        foreach ((string key, Action<BinaryWriter> write) in _entries)
        {
            WriteString(writer, key);
            write(writer);
        }

        long offset = 0;
        foreach (TestTensor tensor in _tensors)
        {
            tensor.WriteInfo(writer, offset);
            offset = Pad(offset + tensor.Data.Length);
        }

        headerBytes = (int)stream.Length;
        foreach (TestTensor tensor in _tensors)
        {
            stream.SetLength(Pad(stream.Length));
            stream.Position = stream.Length;
            writer.Write(tensor.Data);
        }

        return stream.ToArray();
    }

    public byte[] Build() => Build(out _);

    /// <summary>
    /// The model as llama-gguf-split writes it: the first of <paramref name="count"/> parts has the metadata, and the tensors are dealt out
    /// in their order. <paramref name="spoil"/> may change a part, by its index, before it is built.
    /// </summary>
    public byte[][] BuildParts(int count, Action<int, GgufBuilder>? spoil = null)
    {
        int share = (_tensors.Count + count - 1) / count;
        byte[][] parts = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            GgufBuilder part = new() { Version = Version, Alignment = Alignment };
            if (i == 0)
                part._entries.AddRange(_entries);
            part._tensors.AddRange(_tensors.Skip(i * share).Take(share));
            part.SetSplit(i, count, _tensors.Count);
            spoil?.Invoke(i, part);
            parts[i] = part.Build();
        }

        return parts;
    }

    private void SetSplit(int number, int count, int tensors)
    {
        SetRaw("split.no", 2, writer => writer.Write((ushort)number));
        SetRaw("split.count", 2, writer => writer.Write((ushort)count));
        SetRaw("split.tensors.count", 5, writer => writer.Write(tensors));
    }

    public static void WriteString(BinaryWriter writer, string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static Action<BinaryWriter> Typed(uint type, Action<BinaryWriter> write) => writer =>
    {
        writer.Write(type);
        write(writer);
    };

    private GgufBuilder Array<T>(string key, uint type, T[] values, Action<BinaryWriter, T> write) => Replace(key, 9, writer =>
    {
        writer.Write(type);
        writer.Write((ulong)values.Length);
        foreach (T value in values)
            write(writer, value);
    });

    private GgufBuilder Replace(string key, uint type, Action<BinaryWriter> write)
    {
        int index = _entries.FindIndex(entry => entry.Key == key);
        if (index >= 0)
            _entries[index] = (key, Typed(type, write));
        else
            _entries.Add((key, Typed(type, write)));
        return this;
    }

    private long Pad(long position) => (position + Alignment - 1) / Alignment * Alignment;
}
