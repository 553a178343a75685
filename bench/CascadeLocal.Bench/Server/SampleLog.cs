using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;

namespace CascadeLocal.Bench.Server;

/// <summary>A token that was sampled.</summary>
/// <param name="At">When, as <see cref="Stopwatch.GetTimestamp"/>, which processes share.</param>
/// <param name="Sequence">The same number for the tokens of one answer.</param>
/// <param name="Length">UTF-16 units of the answer's text with what this token released.</param>
internal readonly record struct Sample(long At, long Sequence, long Length);

/// <summary>The tokens that a server samples, in memory that it shares with the measuring process. Writing one allocates nothing and takes no lock.</summary>
internal sealed unsafe class SampleLog : IDisposable
{
    /// <summary>The environment variable that names the file to the server.</summary>
    public const string PathVariable = "CASCADE_BENCH_SAMPLES";

    private const int SampleLongs = 3;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long* _count;
    private readonly long _capacity;

    private SampleLog(string path)
    {
        _capacity = (new FileInfo(path).Length / sizeof(long) - 1) / SampleLongs;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        _view = _file.CreateViewAccessor();
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _count = (long*)start;
    }

    /// <summary>Makes the file, for so many samples, and maps it.</summary>
    public static SampleLog Create(string path, int capacity)
    {
        using (FileStream file = File.Create(path))
            file.SetLength((1 + (long)SampleLongs * capacity) * sizeof(long));
        return Open(path);
    }

    /// <summary>Maps a file that another process has made.</summary>
    public static SampleLog Open(string path) => new(path);

    /// <summary>Adds a sample; what no longer fits is left out. Any thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Sample sample)
    {
        long index = Interlocked.Increment(ref *_count) - 1;
        if (index >= _capacity)
            return;
        long* place = _count + 1 + SampleLongs * index;
        (place[0], place[1], place[2]) = (sample.At, sample.Sequence, sample.Length);
    }

    /// <summary>Forgets all samples. Nothing may be added meanwhile.</summary>
    public void Clear() => Volatile.Write(ref *_count, 0);

    /// <summary>What was added since the last <see cref="Clear"/>. Nothing may be added meanwhile.</summary>
    public Sample[] Read()
    {
        long count = Volatile.Read(ref *_count);
        if (count > _capacity)
            throw new ServerFailedException($"{count} tokens were sampled; the log holds {_capacity}");
        Sample[] samples = new Sample[count];
        for (int i = 0; i < count; i++)
        {
            long* place = _count + 1 + SampleLongs * (long)i;
            samples[i] = new Sample(place[0], place[1], place[2]);
        }

        return samples;
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
