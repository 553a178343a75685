using System.Diagnostics;

using BenchmarkDotNet.Attributes;

using CascadeLocal.Bench.Measuring;
using CascadeLocal.Bench.Models;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Scheduling;

using Microsoft.Extensions.Logging.Abstractions;

namespace CascadeLocal.Bench.Decoding;

/// <summary>
/// What a user gets: requests that arrive together, each with a prompt that no other shares, answered by the whole engine
/// and read as they stream.
/// </summary>
[SelfPaced(calls: 8)]
public class GenerationBenchmarks
{
    private const int PromptTokens = 64;
    private const int OutputTokens = 64;

    private static readonly Quantity TimeToFirstToken =
        new("TTFT [ms]", "From the arrival of all requests to a request's first token", Statistic.Median, "N2");

    private static readonly Quantity TimePerOutputToken =
        new("TPOT [ms]", "(time to the last token - TTFT) / (output tokens - 1), per request", Statistic.Median, "N3");

    private static readonly Quantity Throughput =
        new("Output [tokens/s]", "Tokens of all answers over the time to the last of them, prompts included", Statistic.Median, "N0");

    private static readonly Quantity AllocatedMedian =
        new("B/step", "Bytes allocated on the decode thread by a step that only decodes", Statistic.Median, "N0");

    private static readonly Quantity AllocatedMaximum =
        new("B/step max", "The same", Statistic.Maximum, "N0");

    private readonly Random _random = new(1);
    private LanguageModel _model = null!;
    private AllocationProbe _allocations = null!;

    /// <summary>The models.</summary>
    [ParamsSource(nameof(Models))]
    public BenchModel Model { get; set; } = null!;

    /// <summary>Requests at once.</summary>
    [Params(1, 8, 16)]
    public int Sequences { get; set; }

    /// <summary>The source of <see cref="Model"/>.</summary>
    public static IEnumerable<BenchModel> Models() => BenchModels.All();

    /// <summary>Loads the model.</summary>
    [GlobalSetup]
    public async Task LoadAsync()
    {
        _model = await LanguageModel.LoadAsync(
            new ModelOptions
            {
                Path = Model.Path,
                Parallel = Sequences,
                ContextLength = 256,
                Threads = BenchModels.Threads(),
                PrefixCache = false,
                Sampling = BenchModels.Greedy,
            },
            NullLogger.Instance);
        _allocations = new AllocationProbe(Sequences);
        _model.Inside.Scheduler.StepDone = _allocations.OnStep;
    }

    /// <summary>All requests, to their ends.</summary>
    [Benchmark]
    public async Task Generate()
    {
        _allocations.Clear();
        _model.Inside.Thread.Hold();
        List<Generation> generations = [.. Enumerable.Range(0, Sequences).Select(_ => Submit())];
        long start = Stopwatch.GetTimestamp();
        _model.Inside.Thread.Resume();
        GenerationResult[] results = await Task.WhenAll(generations.Select(generation => Task.Run(() => generation.FinishAsync())));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;

        Observations.Add(Throughput, Sequences * OutputTokens / seconds);
        foreach (GenerationResult result in results)
        {
            Observations.Add(TimeToFirstToken, result.TimeToFirstToken.TotalMilliseconds);
            Observations.Add(TimePerOutputToken, result.TimePerOutputToken!.Value.TotalMilliseconds);
        }

        foreach (long bytes in _allocations.Steps)
        {
            Observations.Add(AllocatedMedian, bytes);
            Observations.Add(AllocatedMaximum, bytes);
        }
    }

    /// <summary>Unloads the model.</summary>
    [GlobalCleanup]
    public void Unload() => _model.Dispose();

    private Generation Submit() => _model.Start(new GenerationRequest
    {
        Prompt = RandomPrompt.Create(_random, PromptTokens, _model.Info),
        MaxTokens = OutputTokens,
        IgnoreEndOfSequence = true,
    });
}
