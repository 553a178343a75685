using System.Diagnostics;

using BenchmarkDotNet.Attributes;

using CascadeLocal.Bench.Measuring;
using CascadeLocal.Routing.Embedding;

namespace CascadeLocal.Bench.Embedding;

/// <summary>
/// What it takes to embed one text of 64 word pieces, alone and beside threads that compute, as a running decode does.
/// </summary>
[SelfPaced(calls: 4)]
public class EmbeddingBenchmarks
{
    private const int Texts = 40;

    // [CLS], 62 words of one piece each, [SEP].
    private static readonly string Text = string.Join(' ', Enumerable.Repeat("the old river", 20).Append("runs past"));

    private static readonly Quantity Middle = new("p50 ms", "One text, from the call to its vector", Statistic.Median, "0.00");
    private static readonly Quantity Tail = new("p99 ms", "One text, from the call to its vector", Statistic.NinetyNinth, "0.00");
    private static readonly Quantity Processor = new("cpu ms", "Processor time of one text, without the busy threads'", Statistic.Median, "0.00");

    /// <summary>The formats that this process has.</summary>
    public static IEnumerable<EncoderPrecision> Precisions =>
        FixedPointLibrary.WhyUnavailable is null
            ? [EncoderPrecision.Float32, EncoderPrecision.BFloat16, EncoderPrecision.FixedPoint]
            : [EncoderPrecision.Float32, EncoderPrecision.BFloat16];

    private readonly List<Thread> _busy = [];
    private TextEmbedder _embedder = null!;
    private volatile bool _stop;

    [ParamsSource(nameof(Precisions))]
    public EncoderPrecision Precision { get; set; }

    /// <summary>Threads that compute meanwhile.</summary>
    [Params(0, 1)]
    public int Busy { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _embedder = TextEmbedder.Load(new EmbedderOptions { Precision = Precision });
        for (int i = 0; i < Busy; i++)
        {
            Thread thread = new(Compute) { IsBackground = true };
            thread.Start();
            _busy.Add(thread);
        }
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _stop = true;
        foreach (Thread thread in _busy)
            thread.Join();
        _embedder.Dispose();
    }

    [Benchmark]
    public async Task Embed()
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < Texts; i++)
        {
            long started = Stopwatch.GetTimestamp();
            await _embedder.EmbedAsync(Text);
            double elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            Observations.Add(Middle, elapsed);
            Observations.Add(Tail, elapsed);
        }

        if (Busy == 0)
            Observations.Add(Processor, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / Texts);
    }

    private void Compute()
    {
        double value = 1;
        while (!_stop)
            value = Math.Sqrt(value + 1);
        GC.KeepAlive(value);
    }
}
