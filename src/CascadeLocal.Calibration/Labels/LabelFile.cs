using CascadeLocal.Calibration.Json;

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

    /// <summary>Gives every row to <paramref name="take"/>, with its line.</summary>
    /// <exception cref="DataFileException">The file cannot be read, is empty or has a wrong line.</exception>
    public static void Read(string file, bool withSignals, Action<LabelLine, int> take, CancellationToken cancellationToken) =>
        DataLines.Read(file, line => take(Parse(file, line, withSignals), line.Number), cancellationToken);

    /// <summary>Parses a line.</summary>
    /// <exception cref="DataFileException">It is wrong.</exception>
    public static LabelLine Parse(string file, DataLine line, bool withSignals)
    {
        try
        {
            return new LabelLineParser(file, line.Number, line.Bytes, withSignals).Parse();
        }
        catch (DataFileException) when (!line.IsTerminated && line.Bytes[0] == (byte)'{' && line.Bytes[^1] != (byte)'}')
        {
            throw new DataFileException(file, line.Number, "", "the file ends within this line: it was cut");
        }
    }
}

/// <summary>A line of a label file: the row, and what of it was not as the format has it.</summary>
/// <param name="Row">The row; its prompt is empty where the line has none.</param>
/// <param name="HasPrompt">Whether the line has a prompt.</param>
/// <param name="HasTruthValue">Whether correct is true or false, which were read as 1 and 0.</param>
internal readonly record struct LabelLine(LabelRow Row, bool HasPrompt, bool HasTruthValue);
