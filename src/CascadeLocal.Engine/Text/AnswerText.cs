using System.Text;
using System.Text.Unicode;

namespace CascadeLocal.Engine.Text;

/// <summary>
/// The text of one answer as it is generated, up to a stop string. Bytes of tokens go in; what is certain to be part of the answer
/// comes out as characters, decoded once. One thread appends; one other reads what has been released.
/// </summary>
/// <remarks>
/// Why the reader needs no lock: characters once written never change, growth copies them into a new array before that array is
/// published, and the reader learns <see cref="Length"/> only through a channel. Writing to a channel and reading from it order
/// memory, so whoever has received a length sees an array, this one or a later one, with that many characters.
/// </remarks>
internal sealed class AnswerText(StopStrings stops)
{
    private readonly int[] _matched = new int[stops.Count];
    private byte[] _bytes = new byte[256];
    private volatile char[] _characters = new char[256];
    private int _byteCount;
    private int _decoded;
    private int _stop = -1;
    private int _stopStart = int.MaxValue;

    /// <summary>
    /// Characters that are part of the answer for certain. An incomplete one waits for its other bytes; bytes that are no UTF-8
    /// become U+FFFD. Writer only; the reader is told through a channel.
    /// </summary>
    public int Length { get; private set; }

    /// <summary>Whether a stop string has ended the text; nothing is appended from then on. Writer only.</summary>
    public bool Stopped { get; private set; }

    /// <summary>The stop string that ended the text.</summary>
    public string? StopString => Stopped ? stops.Text(_stop) : null;

    /// <summary>
    /// Adds a token's bytes and moves <see cref="Length"/>: everything is released but what may be the beginning of a stop
    /// string. Of several stop strings the one that starts first ends the text; of those that start at the same byte the shortest,
    /// which is complete first.
    /// </summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        // Of a token without bytes there is nothing to match: what may be the beginning of a stop string still is.
        if (Stopped || piece.IsEmpty)
            return;
        Store(piece);
        int end = _byteCount;
        int start = end - piece.Length;
        int pending = end;
        for (int i = start; i < end && !Stopped; i++)
            pending = Match(_bytes[i], i + 1);
        Decode(Stopped ? _stopStart : Math.Min(pending, _stopStart), isFinal: Stopped);
    }

    /// <summary>No token follows: what was held back is released, unless a complete stop string is in it.</summary>
    public void Finish()
    {
        if (Stopped)
            return;
        Stopped = _stop >= 0;
        Decode(Stopped ? _stopStart : _byteCount, isFinal: true);
    }

    /// <summary>The first characters; for the reader, up to a length that it was told, and for the writer.</summary>
    public ReadOnlySpan<char> Read(int length) => _characters.AsSpan(0, length);

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
        if (piece.Length > _bytes.Length - _byteCount)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _byteCount + piece.Length));
        piece.CopyTo(_bytes.AsSpan(_byteCount));
        _byteCount += piece.Length;
    }

    /// <summary>
    /// Everything up to <paramref name="end"/>, but an incomplete character at it, as long as more may follow. Not by a
    /// <see cref="System.Text.Decoder"/>: that allocates for all bytes that are no UTF-8.
    /// </summary>
    private void Decode(int end, bool isFinal)
    {
        ReadOnlySpan<byte> bytes = _bytes.AsSpan(_decoded, end - _decoded);
        // No character has fewer bytes than UTF-16 units.
        int room = Length + bytes.Length;
        if (room > _characters.Length)
        {
            char[] larger = new char[Math.Max(_characters.Length * 2, room)];
            Read(Length).CopyTo(larger);
            _characters = larger;
        }

        Utf8.ToUtf16(bytes, _characters.AsSpan(Length), out int read, out int written, replaceInvalidSequences: true, isFinal);
        _decoded += read;
        Length += written;
    }
}

/// <summary>Stop strings as UTF-8, each with the table that says where to go on after a mismatch (Knuth, Morris and Pratt).</summary>
internal sealed class StopStrings
{
    private readonly string[] _texts;
    private readonly byte[][] _patterns;
    private readonly int[][] _failures;

    /// <exception cref="ArgumentException">A stop string is empty.</exception>
    public StopStrings(IReadOnlyList<string> texts)
    {
        if (texts.Any(string.IsNullOrEmpty))
            throw new ArgumentException("A stop string is empty.", nameof(texts));
        _texts = [.. texts];
        _patterns = [.. texts.Select(Encoding.UTF8.GetBytes)];
        _failures = Array.ConvertAll(_patterns, Failures);
    }

    public static StopStrings None { get; } = new([]);

    public int Count => _patterns.Length;

    public string Text(int stop) => _texts[stop];

    /// <summary>Bytes of a stop string.</summary>
    public int Length(int stop) => _patterns[stop].Length;

    /// <summary>
    /// The longest prefix of a stop string that the text ends with once <paramref name="next"/> is added, given that
    /// for the text before.
    /// </summary>
    public int Advance(int stop, int matched, byte next)
    {
        byte[] pattern = _patterns[stop];
        int[] failures = _failures[stop];
        if (matched == pattern.Length)
            matched = failures[matched - 1];
        while (matched > 0 && pattern[matched] != next)
            matched = failures[matched - 1];
        return pattern[matched] == next ? matched + 1 : 0;
    }

    // failures[i] is the length of the longest proper prefix of the pattern that pattern[..(i + 1)] ends with.
    private static int[] Failures(byte[] pattern)
    {
        int[] failures = new int[pattern.Length];
        for (int i = 1, matched = 0; i < pattern.Length; i++)
        {
            while (matched > 0 && pattern[matched] != pattern[i])
                matched = failures[matched - 1];
            if (pattern[matched] == pattern[i])
                matched++;
            failures[i] = matched;
        }

        return failures;
    }
}
