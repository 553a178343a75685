namespace CascadeLocal.Cascade.Decisions;

/// <summary>
/// A file of lines that is only appended to. When it is full it becomes NAME.1, what was NAME.1 becomes NAME.2, and so on;
/// the oldest goes. It is opened for every append, so that it goes on at its end whatever became of it meanwhile: emptied or moved
/// by somebody else, or on a disk that was full. Processes that write the same file take turns. A new file is its owner's alone, but for one
/// that follows a full one, whose mode it takes. Not thread-safe.
/// </summary>
/// <param name="path">The file that is written; of a link, where it leads to.</param>
/// <param name="maxBytes">Lines that would carry it past this size go to a new file.</param>
/// <param name="files">Files kept, the current one included.</param>
/// <param name="open">Opens a file for reading and writing, making it where it is missing, and keeps other processes from writing it until it is closed.</param>
internal sealed class RotatingFile(string path, long maxBytes, int files, Func<string, Task<Stream>> open)
{
    // Beyond whatever is read or written, so that only those who lock it notice.
    private const long LockedAt = long.MaxValue - 1;
    private const int LockedOnLinux = 11; // EAGAIN
    private const int LockedOnWindows = unchecked((int)0x80070021); // ERROR_LOCK_VIOLATION
    private const int Tries = 200;

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(5);

    public RotatingFile(string path, long maxBytes, int files)
        : this(path, maxBytes, files, OpenAsync)
    {
    }

    /// <summary>Makes the file if it is missing.</summary>
    /// <exception cref="IOException">It cannot be written, or is a pipe or a terminal.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void EnsureWritable()
    {
        using FileStream file = Open(path);
        if (!file.CanSeek)
            throw new IOException("It is a pipe or a terminal, of which there is no end to write at.");
    }

    /// <summary>Appends whole lines and hands them to the operating system.</summary>
    /// <exception cref="IOException">They could not be written, or only in part.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public async Task AppendAsync(ReadOnlyMemory<byte> lines)
    {
        string target = TargetOf(path);
        Stream stream = await open(target);
        try
        {
            if (stream.Length > 0 && stream.Length + lines.Length > maxBytes)
            {
                UnixFileMode? mode = ModeOf(target);
                Rotate(target);
                Stream full = stream;
                stream = await open(target);
                await CloseAsync(full);
                if (mode is { } same && !OperatingSystem.IsWindows())
                    File.SetUnixFileMode(target, same);
            }

            await EndBrokenLineAsync(stream);
            await stream.WriteAsync(lines);
            await stream.FlushAsync();
        }
        finally
        {
            await CloseAsync(stream);
        }
    }

    private static FileStream Open(string path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        FileStreamOptions options = new()
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            // Without a buffer of its own: what was handed over and failed must not be tried again behind our back.
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new(path, options);
    }

    // A link has a length of its own, and setting it aside would leave what it leads to where it is.
    private static string TargetOf(string path) =>
        new FileInfo(path) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : path;

    private static UnixFileMode? ModeOf(string path) => !OperatingSystem.IsWindows() && File.Exists(path) ? File.GetUnixFileMode(path) : null;

    private static async Task<Stream> OpenAsync(string path)
    {
        for (int tried = 1; ; tried++)
        {
            FileStream file = Open(path);
            if (TryLock(file) && IsAt(path, file))
                return file;
            await file.DisposeAsync();
            if (tried == Tries)
                throw new IOException("Another process does not let go of it.");
            await Task.Delay(BetweenTries);
        }
    }

    // macOS has no such locks, nor have some disks of a network: there two processes that write at the same moment may spoil each other's
    // lines.
    private static bool TryLock(FileStream file)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsWindows())
            return true;
        try
        {
            file.Lock(LockedAt, 1);
            return true;
        }
        catch (IOException e)
        {
            return e.HResult is not (LockedOnLinux or LockedOnWindows);
        }
    }

    // Whoever had it before may have set it aside after it was opened here.
    private static bool IsAt(string path, FileStream file) => new FileInfo(path) is { Exists: true } there && there.Length == file.Length;

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

    private void Rotate(string target)
    {
        string Name(int age) => age == 0 ? target : $"{target}.{age}";
        File.Delete(Name(files - 1));
        for (int i = files - 2; i >= 0; i--)
        {
            if (File.Exists(Name(i)))
                File.Move(Name(i), Name(i + 1), overwrite: true);
        }
    }

    private static async Task CloseAsync(Stream stream)
    {
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
