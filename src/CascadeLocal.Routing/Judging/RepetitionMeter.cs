namespace CascadeLocal.Routing.Judging;

/// <summary>
/// Which share of a text's windows of 12 characters was seen before in it: near 0 in prose, near 1 in a loop. Windows are
/// kept in a Bloom filter of 65,536 bits, two for each window, so a text of n characters shows about (n/32,768)²/3 too much:
/// .03 % at 1,000 characters.
/// </summary>
internal sealed class RepetitionMeter
{
    private const int Window = 12;
    private const int Bits = 1 << 16;

    private readonly ulong[] _seen = new ulong[Bits / 64];
    private readonly char[] _recent = new char[Window];
    private int _characters;
    private int _repeated;

    /// <summary>The share, 0..1; 0 for texts shorter than a window.</summary>
    public float Share => _characters < Window ? 0 : (float)_repeated / (_characters - Window + 1);

    /// <summary>Takes the next piece of text; how it is cut into pieces makes no difference.</summary>
    public void Add(ReadOnlySpan<char> text)
    {
        foreach (char character in text)
        {
            _recent[_characters++ % Window] = character;
            if (_characters >= Window)
                Mark();
        }
    }

    private void Mark()
    {
        ulong hash = 14695981039346656037;
        for (int i = 0; i < Window; i++)
            hash = (hash ^ _recent[(_characters + i) % Window]) * 1099511628211;
        hash ^= hash >> 32;
        hash *= 0x9E3779B97F4A7C15; // spreads it over the high bits, from which the two places are taken
        bool first = MarkBit((int)(hash >> 48));
        bool second = MarkBit((int)(hash >> 32) & (Bits - 1));
        if (first && second)
            _repeated++;
    }

    private bool MarkBit(int bit)
    {
        ulong mask = 1UL << (bit % 64);
        bool wasThere = (_seen[bit / 64] & mask) != 0;
        _seen[bit / 64] |= mask;
        return wasThere;
    }
}
