using BenchmarkDotNet.Attributes;

using CascadeLocal.Bench.Measuring;
using CascadeLocal.Bench.Models;
using CascadeLocal.Engine.Loading;

namespace CascadeLocal.Bench.KvCache;

/// <summary>
/// A decode step under either layout of the KV cache, with flash attention and without. The variants take turns step by
/// step, so that whatever else the machine does strikes all of them.
/// </summary>
[SelfPaced(calls: 8)]
public class KvLayoutBenchmarks
{
    private const int Parallel = 16;
    private const int PromptTokens = 128;
    private const int Steps = 16;

    private List<KvVariant> _variants = [];

    /// <summary>The models.</summary>
    [ParamsSource(nameof(Models))]
    public BenchModel Model { get; set; } = null!;

    /// <summary>What is in the cache.</summary>
    [ParamsSource(nameof(Loads))]
    public KvLoad Sequences { get; set; } = null!;

    /// <summary>The source of <see cref="Model"/>.</summary>
    public static IEnumerable<BenchModel> Models() => BenchModels.All();

    /// <summary>The source of <see cref="Sequences"/>.</summary>
    public static IEnumerable<KvLoad> Loads() => [new(1, 0), new(1, 3000), new(8, 0), new(16, 0)];

    /// <summary>Loads the model once for each variant.</summary>
    [GlobalSetup]
    public void Load()
    {
        ModelOptions options = new()
        {
            Path = Model.Path,
            Parallel = Parallel,
            ContextLength = 512,
            Threads = BenchModels.Threads(),
        };
        _variants = [.. KvVariant.All.Select((_, index) => new KvVariant(options, index))];
        _variants.ForEach(variant => variant.Fill(Sequences, Parallel, PromptTokens));
    }

    /// <summary>Steps of all variants, in turns.</summary>
    [Benchmark]
    public void Decode()
    {
        for (int i = 0; i < Steps; i++)
            _variants.ForEach(variant => variant.Step(Sequences.Sequences));
        _variants.ForEach(variant => variant.Rewind(Sequences.Sequences, PromptTokens));
    }

    /// <summary>Unloads all.</summary>
    [GlobalCleanup]
    public void Unload() => _variants.ForEach(variant => variant.Dispose());
}
