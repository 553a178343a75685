using System.Diagnostics;
using System.Runtime.InteropServices;

namespace CascadeLocal.Bench.Server;

/// <summary>
/// The part of a measurement that lives in the server: marks the lines it is told of, answers what was allocated or
/// is resident, and ends the server if the measuring process is gone. It allocates nothing itself once it runs.
/// </summary>
public static unsafe partial class ServerProbe
{
    private static byte* _hits;
    private static SampleLog? _samples;

    [ThreadStatic]
    private static long t_sampledAt;

    /// <summary>Takes up the memory that the measuring process named.</summary>
    public static void Start()
    {
        string? path = Environment.GetEnvironmentVariable(ProbeMemory.PathVariable);
        if (path is null)
            return;
        ProbeMemory memory = ProbeMemory.Open(path);
        _hits = memory.Hits;
        if (Environment.GetEnvironmentVariable(SampleLog.PathVariable) is { } samples)
            _samples = SampleLog.Open(samples);
        new Thread(() => Answer(memory)) { IsBackground = true, Name = "probe" }.Start();
    }

    /// <summary>Says that line <paramref name="line"/> of the instrumentation is being executed. Called from instrumented code.</summary>
    public static void Hit(int line) => _hits[line] = 1;

    /// <summary>Says that a token was sampled just now. Called from instrumented code.</summary>
    public static void Sampled() => t_sampledAt = Stopwatch.GetTimestamp();

    /// <summary>Says what text that token leaves its answer with. Called from instrumented code, on the same thread.</summary>
    public static void Released(object sequence, int length) =>
        _samples?.Add(new Sample(t_sampledAt, System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(sequence), length));

    private static void Answer(ProbeMemory memory)
    {
        int parent = ParentProcess();
        while (ParentProcess() == parent)
        {
            memory.Answer();
            Thread.Sleep(1);
        }

        using Process self = Process.GetCurrentProcess();
        self.Kill();
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int ParentProcess();
}
