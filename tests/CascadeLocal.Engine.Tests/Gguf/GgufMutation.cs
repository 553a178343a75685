namespace CascadeLocal.Engine.Tests.Gguf;

/// <summary>One damaged place in a file's header.</summary>
internal readonly record struct GgufMutation(int Position, byte[] Bytes)
{
    // Lengths, counts, types and offsets are 4 or 8 bytes; these are the values that checks get wrong.
    private static readonly ulong[] Interesting =
        [0, 1, 2, 3, 7, 8, 9, 31, 33, 255, 1 << 16, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, 1UL << 60, long.MaxValue, 1UL << 63, ulong.MaxValue];

    public static GgufMutation Draw(Random random, byte[] original, int headerBytes)
    {
        // Half of the damage goes to the start, where the numbers are; most of the rest is the text of tokens.
        int position = random.Next(random.Next(2) == 0 ? 1024 : headerBytes - 8);
        return new GgufMutation(position, random.Next(6) switch
        {
            0 => [(byte)(original[position] ^ (1 << random.Next(8)))],
            1 => [(byte)random.Next(256)],
            2 => [(byte)(original[position] + 1)],
            3 => [(byte)(original[position] - 1)],
            4 => BitConverter.GetBytes((uint)Interesting[random.Next(Interesting.Length)]),
            _ => BitConverter.GetBytes(Interesting[random.Next(Interesting.Length)]),
        });
    }

    /// <summary>The file with this damage.</summary>
    public byte[] Apply(byte[] original)
    {
        byte[] result = [.. original];
        Bytes.CopyTo(result, Position);
        return result;
    }
}
