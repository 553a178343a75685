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

    /// <summary>Opens a file, making it if need be. A last line that a kill cut is taken off, one that is whole gets its end.</summary>
    /// <exception cref="DataFileException">It cannot be opened, or a line is no label.</exception>
    public static LabelWriter Open(string path)
    {
        FileStream? stream = null;
        try
        {
            // Unbuffered: a row is one write, and what a kill can cut is the last one.
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            (List<LabelRow> rows, bool isCut) = Read(path, stream);
            long whole = AfterLastLineFeed(stream);
            if (isCut)
                stream.SetLength(whole);
            stream.Seek(0, SeekOrigin.End);
            if (stream.Length > whole)
                stream.WriteByte((byte)'\n');
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

    // A line without an end is whole if it is a label: other programs may leave the last line feed out, and a kill cuts more.
    private static (List<LabelRow> Rows, bool IsCut) Read(string path, FileStream stream)
    {
        List<LabelRow> rows = [];
        bool isCut = false;
        if (stream.Length > 0)
        {
            DataLines.Read(path, stream, line =>
            {
                try
                {
                    rows.Add(LabelFile.Parse(path, line, withSignals: false).Row);
                }
                catch (DataFileException) when (!line.IsTerminated)
                {
                    isCut = true;
                }
            });
        }

        return (rows, isCut);
    }

    private static long AfterLastLineFeed(FileStream stream)
    {
        byte[] part = new byte[1 << 16];
        for (long end = stream.Length; end > 0;)
        {
            int length = (int)Math.Min(part.Length, end);
            stream.Position = end - length;
            stream.ReadExactly(part, 0, length);
            int feed = part.AsSpan(0, length).LastIndexOf((byte)'\n');
            if (feed >= 0)
                return end - length + feed + 1;
            end -= length;
        }

        return 0;
    }
}
