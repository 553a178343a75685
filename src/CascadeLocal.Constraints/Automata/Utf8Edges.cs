using CascadeLocal.Constraints.Grammars;

namespace CascadeLocal.Constraints.Automata;

/// <summary>One to four ranges of bytes, one behind the other: the UTF-8 of a range of characters.</summary>
internal readonly record struct ByteSequence(int Length, ulong Packed)
{
    public (byte First, byte Last) this[int index] => ((byte)(Packed >> (16 * index)), (byte)(Packed >> ((16 * index) + 8)));

    public ByteSequence Rest => new(Length - 1, Packed >> 16);
}

/// <summary>Cuts sets of characters into ranges of bytes.</summary>
internal static class Utf8Edges
{
    private static readonly int[] LastOfLength = [0x7F, 0x7FF, 0xFFFF, 0x10FFFF];

    /// <summary>The sequences of a set, ascending; no two of them begin alike but with equal ranges.</summary>
    public static List<ByteSequence> Of(CharacterSet set)
    {
        List<ByteSequence> sequences = [];
        foreach ((int first, int last) in set.Ranges)
        {
            int from = first;
            for (int length = 1; length <= 4 && from <= last; length++)
            {
                if (from > LastOfLength[length - 1])
                    continue;
                int to = Math.Min(last, LastOfLength[length - 1]);
                Cut(from, to, length, sequences);
                from = to + 1;
            }
        }

        return sequences;
    }

    // Until the bytes behind the first one that differs are all that there can be.
    private static void Cut(int from, int to, int length, List<ByteSequence> sequences)
    {
        for (int tail = 1; tail < length; tail++)
        {
            int mask = (1 << (6 * tail)) - 1;
            if ((from & ~mask) == (to & ~mask))
                continue;
            if ((from & mask) != 0)
            {
                Cut(from, from | mask, length, sequences);
                Cut((from | mask) + 1, to, length, sequences);
                return;
            }

            if ((to & mask) != mask)
            {
                Cut(from, (to & ~mask) - 1, length, sequences);
                Cut(to & ~mask, to, length, sequences);
                return;
            }
        }

        ulong packed = 0;
        for (int index = 0; index < length; index++)
            packed |= ((ulong)ByteOf(from, index, length) | ((ulong)ByteOf(to, index, length) << 8)) << (16 * index);
        sequences.Add(new(length, packed));
    }

    private static byte ByteOf(int character, int index, int length)
    {
        if (length == 1)
            return (byte)character;
        int bits = character >> (6 * (length - 1 - index));
        return (byte)(index > 0 ? 0x80 | (bits & 0x3F) : bits | (0xF00 >> length));
    }
}
