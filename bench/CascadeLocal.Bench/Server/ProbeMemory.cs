using System.IO.MemoryMappedFiles;

using CascadeLocal.Bench.Measuring;

namespace CascadeLocal.Bench.Server;

/// <summary>
/// Memory that the measuring process and the server share: one byte a line of code, and on request the number of bytes that
/// the server has allocated or holds. A file carries it, so that nothing of it is in the way of what is measured. One
/// question is asked at a time.
/// </summary>
internal sealed class ProbeMemory : IDisposable
{
    /// <summary>The environment variable that names the file to the server.</summary>
    public const string PathVariable = "CASCADE_BENCH_PROBE";

    private const long AllocatedBytes = 0, ResidentBytes = 1;

    private const int HeaderLongs = 4;
    private const int HeaderBytes = HeaderLongs * sizeof(long);

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly unsafe long* _header;
    private readonly int _lines;

    private unsafe ProbeMemory(string path)
    {
        _lines = (int)new FileInfo(path).Length - HeaderBytes;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        _view = _file.CreateViewAccessor();
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _header = (long*)start;
    }

    /// <summary>The first line's byte; 1 once it has been executed.</summary>
    public unsafe byte* Hits => (byte*)(_header + HeaderLongs);

    private unsafe ref long Questions => ref _header[0];

    private unsafe ref long Answers => ref _header[1];

    private unsafe ref long Asked => ref _header[2];

    private unsafe ref long Bytes => ref _header[3];

    /// <summary>Makes the file, for <paramref name="lines"/> lines of code, and maps it.</summary>
    public static ProbeMemory Create(string path, int lines)
    {
        using (FileStream file = File.Create(path))
            file.SetLength(HeaderBytes + lines);
        return Open(path);
    }

    /// <summary>Maps a file that another process has made.</summary>
    public static ProbeMemory Open(string path) => new(path);

    /// <summary>Forgets which lines were executed.</summary>
    public unsafe void ClearHits() => new Span<byte>(Hits, _lines).Clear();

    /// <summary>Which lines were executed since they were last forgotten.</summary>
    public unsafe bool[] ReadHits()
    {
        bool[] hits = new bool[_lines];
        for (int line = 0; line < _lines; line++)
            hits[line] = Hits[line] != 0;
        return hits;
    }

    /// <summary>Managed bytes that all threads of the server have allocated since it started, exactly.</summary>
    public Task<long> AskAllocatedBytesAsync(CancellationToken cancellationToken) => AskAsync(AllocatedBytes, cancellationToken);

    /// <summary>Physical memory of the server in bytes, native and managed, after a full collection (<see cref="ResidentMemory"/>).</summary>
    public Task<long> AskResidentBytesAsync(CancellationToken cancellationToken) => AskAsync(ResidentBytes, cancellationToken);

    /// <summary>Answers the question that waits, if there is one; called in the server.</summary>
    public void Answer()
    {
        long question = Volatile.Read(ref Questions);
        if (question == Answers)
            return;
        Volatile.Write(
            ref Bytes, Volatile.Read(ref Asked) == ResidentBytes ? ResidentMemory.Bytes() : GC.GetTotalAllocatedBytes(precise: true));
        Volatile.Write(ref Answers, question);
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private async Task<long> AskAsync(long asked, CancellationToken cancellationToken)
    {
        Volatile.Write(ref Asked, asked);
        long question = Interlocked.Increment(ref Questions);
        for (int wait = 0; Volatile.Read(ref Answers) < question; wait++)
        {
            if (wait > 30_000)
                throw new ServerFailedException("the probe in the server does not answer");
            await Task.Delay(1, cancellationToken);
        }

        return Volatile.Read(ref Bytes);
    }
}
