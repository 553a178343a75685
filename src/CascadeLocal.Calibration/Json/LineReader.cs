namespace CascadeLocal.Calibration.Json;

/// <summary>The lines of a stream as bytes, one at a time, in one buffer that grows to the longest line.</summary>
internal sealed class LineReader(Stream stream)
{
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>The number of the last line that was read, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Whether a line feed ended the last line that was read.</summary>
    public bool IsTerminated { get; private set; }

    /// <summary>The next line, valid until the one after it is read; false at the end.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        int scanned = 0;
        while (true)
        {
            int feed = _buffer.AsSpan((_start + scanned).._end).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                line = _buffer.AsSpan(_start, scanned + feed);
                _start += scanned + feed + 1;
                IsTerminated = true;
                Line++;
                return true;
            }

            scanned = _end - _start;
            if (_isAtEnd)
                break;
            Fill();
        }

        line = _buffer.AsSpan(_start, scanned);
        _start = _end;
        IsTerminated = false;
        Line++;
        return scanned > 0;
    }

    private void Fill()
    {
        _buffer.AsSpan(_start.._end).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        int read = stream.Read(_buffer.AsSpan(_end));
        _end += read;
        _isAtEnd = read == 0;
    }
}
