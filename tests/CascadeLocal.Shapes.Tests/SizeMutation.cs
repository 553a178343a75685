using System.Buffers.Binary;
using System.Text;

namespace CascadeLocal.Shapes.Tests;

/// <summary>Another value of one of the numbers that describe a model's network, written over the one in the file.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Position">Where in the file.</param>
/// <param name="Bytes">What stands there instead.</param>
/// <param name="Value">That as text.</param>
internal sealed record SizeMutation(string Key, int Position, byte[] Bytes, string Value)
{
    private const uint UInt32Type = 4;
    private const uint Float32Type = 6;
    private const uint BooleanType = 7;

    /// <summary>All mutations of the numbers of an architecture, and one of each key's name, by which it is missing.</summary>
    public static IEnumerable<SizeMutation> Of(byte[] file, string architecture)
    {
        byte[] prefix = Encoding.UTF8.GetBytes(architecture + ".");
        for (int at = file.AsSpan().IndexOf(prefix); at >= 0;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at - sizeof(ulong)));
            string key = Encoding.UTF8.GetString(file, at, length);
            yield return new SizeMutation(key, at + length - 1, "?"u8.ToArray(), "missing");
            int value = at + length + sizeof(uint);
            foreach ((byte[] bytes, string text) in Values(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(value - sizeof(uint))), file.AsSpan(value)))
                yield return new SizeMutation(key, value, bytes, text);

            // Keys of one architecture stand together in the header.
            int next = file.AsSpan(value, 4096).IndexOf(prefix);
            at = next < 0 ? -1 : value + next;
        }
    }

    /// <summary>The file with it.</summary>
    public byte[] Apply(byte[] file)
    {
        byte[] changed = [.. file];
        Bytes.CopyTo(changed, Position);
        return changed;
    }

    private static List<(byte[] Bytes, string Text)> Values(uint type, ReadOnlySpan<byte> value)
    {
        switch (type)
        {
            case UInt32Type:
                uint size = BinaryPrimitives.ReadUInt32LittleEndian(value);
                uint[] sizes = [0, 1, 2, 3, size - 1, size + 1, size / 2, size * 2, size * 3, 1 << 20, int.MaxValue, uint.MaxValue];
                return [.. sizes.Distinct().Where(other => other != size).Select(other => (BitConverter.GetBytes(other), $"{other}"))];
            case Float32Type:
                float[] numbers = [0, -1, 1e-30f, 1e30f, float.NaN, float.PositiveInfinity];
                return [.. numbers.Select(other => (BitConverter.GetBytes(other), $"{other}"))];
            case BooleanType:
                return [([(byte)(1 - value[0])], "the other")];
            default:
                return [];
        }
    }
}
