namespace CascadeLocal.Cascade.Decisions;

/// <summary>
/// A file of lines that is only appended to. When it is full it becomes NAME.1, what was NAME.1 becomes NAME.2, and so on;
/// the oldest goes. After a failed write it is opened anew, so that it goes on once the disk has room again. Not thread-safe.
/// </summary>
/// <param name="path">The file that is written.</param>
/// <param name="maxBytes">Lines that would carry it past this size go to a new file.</param>
/// <param name="files">Files kept, the current one included.</param>
/// <param name="open">Opens a file for reading and writing, making it where it is missing.</param>
internal sealed class RotatingFile(string path, long maxBytes, int files, Func<string, Stream> open) : IAsyncDisposable
{
    private Stream? _stream;

    public RotatingFile(string path, long maxBytes, int files)
        : this(path, maxBytes, files, Open)
    {
    }

    /// <summary>Makes the file if it is missing.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void EnsureWritable() => open(path).Dispose();

    /// <summary>Appends whole lines and hands them to the operating system.</summary>
    /// <exception cref="IOException">They could not be written, or only in part.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public async Task AppendAsync(ReadOnlyMemory<byte> lines)
    {
        try
        {
            Stream stream = await OpenAtEndAsync();
            if (stream.Length > 0 && stream.Length + lines.Length > maxBytes)
            {
                await CloseAsync();
                Rotate();
                stream = await OpenAtEndAsync();
            }

            await stream.WriteAsync(lines);
            await stream.FlushAsync();
        }
        catch
        {
            await CloseAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await CloseAsync();

    private static FileStream Open(string path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        // Without a buffer of its own: what was handed over and failed must not be tried again behind our back.
        return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.Asynchronous);
    }

    private async Task<Stream> OpenAtEndAsync()
    {
        if (_stream is not null)
            return _stream;
        _stream = open(path);
        await EndBrokenLineAsync(_stream);
        return _stream;
    }

    // A full disk or a killed process may have cut the last line short; the next one must not be glued to it.
    private static async Task EndBrokenLineAsync(Stream stream)
    {
        if (stream.Length == 0)
            return;
        byte[] last = new byte[1];
        stream.Seek(-1, SeekOrigin.End);
        await stream.ReadExactlyAsync(last);
        if (last[0] != (byte)'\n')
            await stream.WriteAsync("\n"u8.ToArray());
    }

    private void Rotate()
    {
        File.Delete(Name(files - 1));
        for (int i = files - 2; i >= 0; i--)
        {
            if (File.Exists(Name(i)))
                File.Move(Name(i), Name(i + 1), overwrite: true);
        }
    }

    private string Name(int age) => age == 0 ? path : $"{path}.{age}";

    private async Task CloseAsync()
    {
        Stream? stream = _stream;
        _stream = null;
        if (stream is null)
            return;
        try
        {
            await stream.DisposeAsync();
        }
        catch (IOException)
        {
            // Closing a file on a full disk may fail again; what was lost has been counted already.
        }
    }
}
