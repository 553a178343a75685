namespace CascadeLocal.Calibration.Json;

/// <summary>The lines of a data file, one at a time. Blank lines, a byte order mark, any line ends and .gz are fine.</summary>
internal static class DataLines
{
    /// <summary>Gives every line to <paramref name="take"/>.</summary>
    /// <exception cref="DataFileException">The file cannot be read or has no line.</exception>
    public static void Read(string file, Action<DataLine> take, CancellationToken cancellationToken = default) =>
        DataFile.Read(file, content => Read(file, content, take, cancellationToken));

    /// <summary>Gives every line of a file's content to <paramref name="take"/>.</summary>
    /// <exception cref="DataFileException">There is no line.</exception>
    public static void Read(string file, Stream content, Action<DataLine> take, CancellationToken cancellationToken = default)
    {
        LineReader lines = new(content);
        bool isEmpty = true;
        while (lines.TryRead(out ReadOnlySpan<byte> line))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (lines.Line == 1 && line.StartsWith("\uFEFF"u8))
                line = line[3..];
            line = line.Trim(" \t\r"u8);
            if (line.IsEmpty)
                continue;
            isEmpty = false;
            take(new DataLine(line, lines.Line, lines.IsTerminated));
        }

        if (isEmpty)
            throw new DataFileException(file, null, "", "the file is empty");
    }
}

/// <summary>A line of a data file that is not blank, without its end and what surrounds it.</summary>
internal readonly ref struct DataLine(ReadOnlySpan<byte> bytes, int number, bool isTerminated)
{
    /// <summary>Its text; valid until the next line is read.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>Its number in the file, from 1.</summary>
    public int Number { get; } = number;

    /// <summary>Whether a line feed ended it; a file that was cut may end without one.</summary>
    public bool IsTerminated { get; } = isTerminated;
}
