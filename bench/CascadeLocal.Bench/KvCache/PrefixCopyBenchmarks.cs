using System.Diagnostics;

using BenchmarkDotNet.Attributes;

using CascadeLocal.Bench.Decoding;
using CascadeLocal.Bench.Measuring;
using CascadeLocal.Bench.Models;
using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;

namespace CascadeLocal.Bench.KvCache;

/// <summary>
/// What it takes to begin a sequence with a prefix that another one holds: a copy of its cells, under either layout,
/// against evaluating it again. Each time includes the one decode that follows, since llama.cpp puts a copy between
/// streams off until then. A copy between streams moves the whole buffer, whatever it holds, so the context matters.
/// </summary>
[SelfPaced(calls: 8)]
public class PrefixCopyBenchmarks
{
    private const int Source = 0;
    private const int Destination = 1;

    private static readonly Quantity StreamCopy = new("Copy, streams [us]", "Copy and decode one token", Statistic.Minimum, "N1");

    private static readonly Quantity UnifiedCopy = new("Copy, unified [us]", "Copy and decode one token", Statistic.Minimum, "N1");

    private static readonly Quantity Prefill = new("Prefill [us]", "Evaluate the prefix and decode one token", Statistic.Minimum, "N1");

    private BareDecoder _streams = null!;
    private BareDecoder _unified = null!;

    /// <summary>The models.</summary>
    [ParamsSource(nameof(Models))]
    public BenchModel Model { get; set; } = null!;

    /// <summary>Tokens a sequence may hold; a model trained for fewer has fewer.</summary>
    [Params(1024, 8192)]
    public int Context { get; set; }

    /// <summary>Tokens of the prefix.</summary>
    [Params(32, 256, 900)]
    public int Prefix { get; set; }

    /// <summary>The source of <see cref="Model"/>.</summary>
    public static IEnumerable<BenchModel> Models() => BenchModels.All();

    /// <summary>Loads the model with either layout.</summary>
    [GlobalSetup]
    public void Load()
    {
        ModelOptions options = new()
        {
            Path = Model.Path,
            Parallel = 2,
            ContextLength = Math.Min(Context, GgufFile.Open(Model.Path).Metadata.ContextLength),
            Threads = BenchModels.Threads(),
        };
        _streams = new BareDecoder(options with { KvLayout = KvLayout.Streams });
        _unified = new BareDecoder(options with { KvLayout = KvLayout.Unified });
        _streams.Extend(Source, Prefix);
        _unified.Extend(Source, Prefix);
    }

    /// <summary>All three, in turns.</summary>
    [Benchmark]
    public void Begin()
    {
        Observe(StreamCopy, _streams, () => _streams.Copy(Source, Destination, Prefix));
        Observe(UnifiedCopy, _unified, () => _unified.Copy(Source, Destination, Prefix));
        Observe(Prefill, _streams, () => _streams.Extend(Destination, Prefix));
    }

    /// <summary>Unloads both.</summary>
    [GlobalCleanup]
    public void Unload()
    {
        _streams.Dispose();
        _unified.Dispose();
    }

    private static void Observe(Quantity quantity, BareDecoder decoder, Action begin)
    {
        long start = Stopwatch.GetTimestamp();
        begin();
        decoder.StepOne(Destination);
        Observations.Add(quantity, Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        decoder.Truncate(Destination, 0);
    }
}
