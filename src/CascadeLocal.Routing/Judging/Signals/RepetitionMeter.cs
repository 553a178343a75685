namespace CascadeLocal.Routing.Judging.Signals;

/// <summary>
/// Which share of a text's windows of 12 characters was seen before in it: near 0 in prose, near 1 in a loop. Windows are
/// marked by hash in 65,536 bits, so a text of n characters shows at most about n/131,072 too much.
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

    public void Clear()
    {
        (_characters, _repeated) = (0, 0);
        Array.Clear(_seen);
    }

    private void Mark()
    {
        ulong hash = 14695981039346656037;
        for (int i = 0; i < Window; i++)
            hash = (hash ^ _recent[(_characters + i) % Window]) * 1099511628211;
        hash ^= hash >> 32;
        int bit = (int)((hash ^ (hash >> 16)) % Bits);
        ulong mask = 1UL << (bit % 64);
        if ((_seen[bit / 64] & mask) != 0)
            _repeated++;
        _seen[bit / 64] |= mask;
    }
}
