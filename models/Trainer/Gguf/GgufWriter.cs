using System.Runtime.InteropServices;
using System.Text;

namespace CascadeLocal.Trainer.Gguf;

/// <summary>Writes GGUF version 3 with 32-bit tensors.</summary>
internal static class GgufWriter
{
    private const int Alignment = 32;
    private const uint Version = 3;

    /// <summary>Writes a file.</summary>
    /// <param name="path">Where; an existing file is replaced.</param>
    /// <param name="metadata">Values: text, bool, int, uint, ulong, float, or lists of text or int.</param>
    /// <param name="tensors">All tensors.</param>
    public static void Write(
        string path, IReadOnlyList<KeyValuePair<string, object>> metadata, IReadOnlyList<GgufTensor> tensors)
    {
        using FileStream file = File.Create(path);
        using BinaryWriter writer = new(file);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)metadata.Count);
        foreach ((string key, object value) in metadata)
        {
            WriteText(writer, key);
            WriteValue(writer, value);
        }

        ulong offset = 0;
        foreach (GgufTensor tensor in tensors)
        {
            WriteText(writer, tensor.Name);
            writer.Write((uint)tensor.Dimensions.Length);
            foreach (ulong dimension in tensor.Dimensions)
                writer.Write(dimension);
            writer.Write((uint)GgufTensorType.Float32);
            writer.Write(offset);
            offset += (ulong)Align(tensor.Length * sizeof(float));
        }

        foreach (GgufTensor tensor in tensors)
        {
            Pad(writer);
            WriteNumbers(writer, tensor.Values().Span);
        }

        Pad(writer);
    }

    private static void WriteNumbers(BinaryWriter writer, ReadOnlySpan<float> numbers)
    {
        // A span of bytes has at most 2^31 - 1 of them.
        const int Slice = 1 << 20;
        for (int from = 0; from < numbers.Length; from += Slice)
            writer.Write(MemoryMarshal.AsBytes(numbers.Slice(from, Math.Min(Slice, numbers.Length - from))));
    }

    private static void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case string text:
                WriteType(writer, GgufValueType.Text);
                WriteText(writer, text);
                break;
            case bool flag:
                WriteType(writer, GgufValueType.Boolean);
                writer.Write(flag);
                break;
            case int number:
                WriteType(writer, GgufValueType.Int32);
                writer.Write(number);
                break;
            case uint number:
                WriteType(writer, GgufValueType.UInt32);
                writer.Write(number);
                break;
            case ulong number:
                WriteType(writer, GgufValueType.UInt64);
                writer.Write(number);
                break;
            case float number:
                WriteType(writer, GgufValueType.Float32);
                writer.Write(number);
                break;
            case IReadOnlyList<string> texts:
                WriteArrayHeader(writer, GgufValueType.Text, texts.Count);
                foreach (string text in texts)
                    WriteText(writer, text);
                break;
            case IReadOnlyList<int> numbers:
                WriteArrayHeader(writer, GgufValueType.Int32, numbers.Count);
                foreach (int number in numbers)
                    writer.Write(number);
                break;
            default:
                throw new ArgumentException($"no metadata type for {value.GetType()}", nameof(value));
        }
    }

    private static void WriteType(BinaryWriter writer, GgufValueType type) => writer.Write((uint)type);

    private static void WriteArrayHeader(BinaryWriter writer, GgufValueType type, int count)
    {
        WriteType(writer, GgufValueType.Array);
        WriteType(writer, type);
        writer.Write((ulong)count);
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void Pad(BinaryWriter writer)
    {
        writer.Flush();
        long position = writer.BaseStream.Position;
        writer.Write(new byte[Align(position) - position]);
    }

    private static long Align(long position) => (position + Alignment - 1) / Alignment * Alignment;
}
