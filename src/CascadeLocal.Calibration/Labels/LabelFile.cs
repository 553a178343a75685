using System.IO.Compression;

namespace CascadeLocal.Calibration.Labels;

/// <summary>Label files: .jsonl or .jsonl.gz, or a folder of them.</summary>
internal static class LabelFile
{
    private static readonly string[] Endings = [".jsonl", ".jsonl.gz"];

    /// <summary>The files that a path names, in the order of their names.</summary>
    /// <exception cref="DataFileException">There is none.</exception>
    public static IReadOnlyList<string> Find(string path)
    {
        if (!Directory.Exists(path))
            return [path];
        string[] files = [.. Directory.EnumerateFiles(path)
            .Where(file => Endings.Any(ending => file.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
            .Order(StringComparer.Ordinal)];
        return files.Length > 0 ? files : throw new DataFileException(path, null, "", $"holds no {string.Join(" or ", Endings)}");
    }

    /// <summary>Gives every row to <paramref name="take"/>, with its line. Empty lines, a byte order mark and any line ends are fine.</summary>
    /// <exception cref="DataFileException">The file cannot be read, is empty or has a wrong line.</exception>
    public static void Read(string file, bool withSignals, Action<LabelLine, int> take, CancellationToken cancellationToken)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            using Stream content = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? new GZipStream(stream, CompressionMode.Decompress)
                : stream;
            ReadLines(file, content, withSignals, take, cancellationToken);
        }
        catch (InvalidDataException)
        {
            throw new DataFileException(file, null, "", "this is not a whole gzip file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFileException(file, null, "", e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message);
        }
    }

    private static void ReadLines(string file, Stream content, bool withSignals, Action<LabelLine, int> take, CancellationToken cancellationToken)
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
            take(ParseLine(file, lines, line, withSignals), lines.Line);
        }

        if (isEmpty)
            throw new DataFileException(file, null, "", "the file is empty");
    }

    private static LabelLine ParseLine(string file, LineReader lines, ReadOnlySpan<byte> line, bool withSignals)
    {
        try
        {
            return new LabelLineParser(file, lines.Line, line, withSignals).Parse();
        }
        catch (DataFileException) when (!lines.IsTerminated && line[0] == (byte)'{' && line[^1] != (byte)'}')
        {
            throw new DataFileException(file, lines.Line, "", "the file ends within this line: it was cut");
        }
    }
}
