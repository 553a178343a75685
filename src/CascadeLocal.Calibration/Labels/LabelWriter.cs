using System.Text.Json;

using CascadeLocal.Calibration.Json;

namespace CascadeLocal.Calibration.Labels;

/// <summary>The label file of one member, open for more rows; nobody else can open it meanwhile. Thread-safe.</summary>
internal sealed class LabelWriter : IDisposable
{
    private readonly Lock _writing = new();
    private readonly string _path;
    private readonly FileStream _stream;

    private LabelWriter(string path, FileStream stream, IReadOnlyList<LabelRow> rows)
    {
        _path = path;
        _stream = stream;
        Rows = rows;
    }

    /// <summary>The rows that were there when it was opened, without their per-token signals.</summary>
    public IReadOnlyList<LabelRow> Rows { get; }

    /// <summary>Opens a file, making it if need be. A last line that a kill cut is taken off.</summary>
    /// <exception cref="DataFileException">It cannot be opened, or a line is no label.</exception>
    public static LabelWriter Open(string path)
    {
        FileStream? stream = null;
        try
        {
            // Unbuffered: a row is one write, and what a kill can cut is the last one.
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            int whole = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
            List<LabelRow> rows = Parse(path, bytes, whole);
            stream.SetLength(whole);
            stream.Position = whole;
            return new LabelWriter(path, stream, rows);
        }
        catch (Exception e)
        {
            stream?.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw new DataFileException(path, null, "", $"cannot be opened for more labels: {e.Message}");
            throw;
        }
    }

    /// <summary>Appends a row.</summary>
    /// <exception cref="DataFileException">It cannot be written.</exception>
    public void Write(LabelRow row)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(row, LabelJson.Readable.LabelRow), (byte)'\n'];
        try
        {
            lock (_writing)
                _stream.Write(line);
        }
        catch (IOException e)
        {
            throw new DataFileException(_path, null, "", $"cannot be written: {e.Message}");
        }
    }

    public void Dispose() => _stream.Dispose();

    private static List<LabelRow> Parse(string path, byte[] bytes, int length)
    {
        List<LabelRow> rows = [];
        if (length > 0)
        {
            using MemoryStream content = new(bytes, 0, length);
            DataLines.Read(path, content, line => rows.Add(LabelFile.Parse(path, line, withSignals: false).Row));
        }

        return rows;
    }
}
