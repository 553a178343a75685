using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace CascadeLocal.Trainer.Gguf;

/// <summary>Turns stored tensors into 32-bit numbers.</summary>
internal static class TensorDecoder
{
    private const int BlockLength = 32;
    private const int BlockBytes = 2 + BlockLength;

    /// <summary>How many bytes a tensor takes in the file.</summary>
    /// <exception cref="FormatException">The type cannot be read, or its blocks do not come out even.</exception>
    public static long ByteLength(GgufTensorType type, long length, string name) => type switch
    {
        GgufTensorType.Float32 => length * sizeof(float),
        GgufTensorType.Float16 => length * 2,
        GgufTensorType.Q8 when length % BlockLength == 0 => length / BlockLength * BlockBytes,
        _ => throw new FormatException($"tensor {name} has type {(uint)type}; only F32, F16 and Q8_0 can be read"),
    };

    /// <summary>Decodes one tensor whose length in bytes is right.</summary>
    public static void Decode(GgufTensorType type, ReadOnlySpan<byte> source, Span<float> target)
    {
        switch (type)
        {
            case GgufTensorType.Float32:
                MemoryMarshal.Cast<byte, float>(source).CopyTo(target);
                break;
            case GgufTensorType.Float16:
                for (int i = 0; i < target.Length; i++)
                    target[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(source[(2 * i)..]);
                break;
            case GgufTensorType.Q8:
                for (int i = 0; i < target.Length; i++)
                {
                    ReadOnlySpan<byte> block = source.Slice(i / BlockLength * BlockBytes, BlockBytes);
                    target[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(block)
                        * (sbyte)block[2 + (i % BlockLength)];
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type));
        }
    }
}
