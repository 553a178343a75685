namespace CascadeLocal.Engine.Text;

/// <summary>
/// The bytes of one answer as they are generated, up to a stop string. One thread appends; one other reads the bytes
/// that have been released.
/// </summary>
/// <remarks>
/// Why the reader needs no lock: bytes once written never change, growth copies them into a new array before that array
/// is published, and the reader learns <see cref="Released"/> only through a channel. Writing to a channel and reading
/// from it order memory, so whoever has received a count sees an array, this one or a later one, with that many bytes.
/// </remarks>
internal sealed class AnswerText(StopStrings stops)
{
    private readonly int[] _matched = new int[stops.Count];
    private volatile byte[] _bytes = new byte[256];
    private int _length;
    private int _stop = -1;
    private int _stopStart = int.MaxValue;

    /// <summary>Bytes that are part of the answer for certain. Writer only; the reader is told through a channel.</summary>
    public int Released { get; private set; }

    /// <summary>Whether a stop string has ended the text; nothing is appended from then on. Writer only.</summary>
    public bool Stopped { get; private set; }

    /// <summary>The stop string that ended the text.</summary>
    public string? StopString => Stopped ? stops.Text(_stop) : null;

    /// <summary>
    /// Adds a token's bytes and moves <see cref="Released"/>: everything is released but what may be the beginning of a
    /// stop string. Of several stop strings the one that starts first ends the text; of those that start at the same
    /// byte the shortest, which is complete first.
    /// </summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        if (Stopped)
            return;
        Store(piece);
        int end = _length;
        int start = end - piece.Length;
        int pending = end;
        for (int i = start; i < end && !Stopped; i++)
            pending = Match(_bytes[i], i + 1);
        Released = Stopped ? _stopStart : Math.Min(pending, _stopStart);
    }

    /// <summary>No token follows: what was held back is released, unless a complete stop string is in it.</summary>
    public void Finish()
    {
        if (Stopped)
            return;
        Stopped = _stop >= 0;
        Released = Stopped ? _stopStart : _length;
    }

    /// <summary>Released bytes; for the reader.</summary>
    public ReadOnlySpan<byte> Read(int start, int end) => _bytes.AsSpan(start, end - start);

    /// <summary>Takes one byte, the last of <paramref name="length"/>; returns where the first unfinished match starts.</summary>
    private int Match(byte next, int length)
    {
        int pending = length;
        for (int stop = 0; stop < _matched.Length; stop++)
        {
            int matched = stops.Advance(stop, _matched[stop], next);
            _matched[stop] = matched;
            if (matched < stops.Length(stop))
                pending = Math.Min(pending, length - matched);
            else if (length - matched < _stopStart)
                (_stop, _stopStart) = (stop, length - matched);
        }

        // A complete match waits while one that started earlier may still become complete.
        Stopped = _stop >= 0 && pending >= _stopStart;
        return pending;
    }

    private void Store(ReadOnlySpan<byte> piece)
    {
        byte[] bytes = _bytes;
        if (piece.Length > bytes.Length - _length)
        {
            byte[] larger = new byte[Math.Max(bytes.Length * 2, _length + piece.Length)];
            bytes.AsSpan(0, _length).CopyTo(larger);
            _bytes = bytes = larger;
        }

        piece.CopyTo(bytes.AsSpan(_length));
        _length += piece.Length;
    }
}
