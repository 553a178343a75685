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
/// Our step minus llama_decode: planning, sampling with its signals and the hand-over to the readers. A step of the
/// scheduler and a bare decode of the same shape take turns, so that whatever else the machine does strikes both.
/// </summary>
[SelfPaced(calls: 8)]
public class StepOverheadBenchmarks
{
    private const int PromptTokens = 64;
    private const int Steps = 32;

    private static readonly Quantity StepTime = new("Step [us]", "One step of the scheduler", Statistic.Median, "N1");

    private static readonly Quantity DecodeTime = new("llama_decode [us]", "The same batch, decoded alone", Statistic.Median, "N1");

    private static readonly Quantity Overhead = new("Overhead [us]", "A step minus the decode beside it", Statistic.Median, "N1");

    private static readonly Quantity StepMinimum = new("Step min [us]", "One step of the scheduler", Statistic.Minimum, "N1");

    private static readonly Quantity DecodeMinimum = new("llama_decode min [us]", "The same batch, decoded alone", Statistic.Minimum, "N1");

    private static readonly Quantity Ratio = new("Ratio", "A step over the decode beside it", Statistic.Median, "N3");

    private LanguageModel _model = null!;
    private BareDecoder _bare = null!;

    /// <summary>The models.</summary>
    [ParamsSource(nameof(Models))]
    public BenchModel Model { get; set; } = null!;

    /// <summary>Sequences in the batch.</summary>
    [Params(1, 8, 16)]
    public int Sequences { get; set; }

    /// <summary>The source of <see cref="Model"/>.</summary>
    public static IEnumerable<BenchModel> Models() => BenchModels.All();

    /// <summary>Loads the model twice.</summary>
    [GlobalSetup]
    public async Task LoadAsync()
    {
        ModelOptions options = new()
        {
            Path = Model.Path,
            Parallel = Sequences,
            ContextLength = 256,
            Threads = BenchModels.Threads(),
            Sampling = BenchModels.Greedy,
        };
        _model = await LanguageModel.LoadAsync(options, NullLogger.Instance);
        _bare = new BareDecoder(options);
    }

    /// <summary>Steps of both, in turns.</summary>
    [Benchmark]
    public void Step()
    {
        // The model's own thread sleeps, since nothing was submitted to it, so the scheduler can be stepped from here.
        Scheduler scheduler = _model.Inside.Scheduler;
        StepReport last = default;
        scheduler.StepDone = report => last = report;
        List<Sequence> sequences = [.. Enumerable.Range(0, Sequences).Select(CreateSequence)];
        sequences.ForEach(scheduler.Enqueue);
        while (last.DecodeTokens < Sequences)
            scheduler.Step();
        for (int i = 0; i < Sequences; i++)
        {
            _bare.Truncate(i, PromptTokens);
            _bare.Extend(i, PromptTokens);
        }

        for (int i = 0; i < Steps; i++)
            Observe(scheduler);

        sequences.ForEach(sequence => sequence.RequestCancel());
        scheduler.Step();
    }

    /// <summary>Unloads both.</summary>
    [GlobalCleanup]
    public void Unload()
    {
        _bare.Dispose();
        _model.Dispose();
    }

    private void Observe(Scheduler scheduler)
    {
        long start = Stopwatch.GetTimestamp();
        scheduler.Step();
        double step = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        double decode = _bare.Step(Sequences).TotalMicroseconds;
        Observations.Add(StepTime, step);
        Observations.Add(StepMinimum, step);
        Observations.Add(DecodeTime, decode);
        Observations.Add(DecodeMinimum, decode);
        Observations.Add(Overhead, step - decode);
        Observations.Add(Ratio, step / decode);
    }

    /// <summary>The same prompt for the same index, so that later calls find it in the cache.</summary>
    private Sequence CreateSequence(int index) => _model.Prepare(
        new()
        {
            Prompt = RandomPrompt.Create(new Random(index), PromptTokens, _model.Info),
            MaxTokens = 2 * Steps,
            IgnoreEndOfSequence = true,
        },
        observer: null,
        CancellationToken.None);
}
