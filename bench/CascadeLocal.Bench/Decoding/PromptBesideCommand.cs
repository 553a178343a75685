using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

using CascadeLocal.Bench.Measuring;
using CascadeLocal.Bench.Models;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Scheduling;

using Microsoft.Extensions.Logging.Abstractions;

namespace CascadeLocal.Bench.Decoding;

/// <summary>What a long prompt costs the streams beside it, and they the prompt. Values of prefill_slowdown take turns in one run.</summary>
internal static partial class PromptBesideCommand
{
    private const int StreamPrompt = 16;

    /// <summary>The command <c>prompt-beside</c>.</summary>
    public static Command Create()
    {
        Command command = new("prompt-beside", "Measure the ITL of streams with and without a long prompt arriving, and the TTFT of that prompt");
        Option<string?> model = new("--model") { Description = "The GGUF file (default: the largest of the benchmarks' models)", HelpName = "file" };
        Option<int> streams = new("--streams") { Description = "Answers that are being decoded", DefaultValueFactory = _ => 8 };
        Option<int> prompt = new("--prompt") { Description = "Tokens of the prompt that arrives", DefaultValueFactory = _ => 2048 };
        Option<int> steps = new("--steps") { Description = "Steps measured without it", DefaultValueFactory = _ => 100 };
        Option<int> rounds = new("--rounds") { Description = "Rounds, each with every slowdown", DefaultValueFactory = _ => 3 };
        Option<int?> budget = new("--budget") { Description = "The most prompt tokens of a step (default: the engine's)" };
        Option<double[]> slowdown = new("--slowdown")
        {
            Description = "Values of prefill_slowdown",
            DefaultValueFactory = _ => [ModelOptions.DefaultPrefillSlowdown],
            AllowMultipleArgumentsPerToken = true,
        };
        foreach (Option option in new Option[] { model, streams, prompt, steps, rounds, budget, slowdown })
            command.Options.Add(option);
        command.SetAction((result, cancellationToken) => BenchModels.MeasureAsync(result.GetValue(model), async path =>
        {
            Load load = new(
                path, result.GetValue(streams), result.GetValue(prompt), result.GetValue(steps), result.GetValue(rounds), result.GetValue(budget));
            await MeasureAsync(load, result.GetValue(slowdown)!, cancellationToken);
        }));
        return command;
    }

    private static async Task MeasureAsync(Load load, double[] slowdowns, CancellationToken cancellationToken)
    {
        List<Round>[] rounds = [.. slowdowns.Select(_ => new List<Round>())];
        Random random = new(1);
        for (int round = 0; round < load.Rounds; round++)
        {
            for (int i = 0; i < slowdowns.Length; i++)
            {
                using LanguageModel model = await LanguageModel.LoadAsync(
                    new ModelOptions
                    {
                        Path = load.Path,
                        Parallel = load.Streams + 1,
                        ContextLength = load.ContextLength,
                        Threads = BenchModels.Threads(),
                        PrefillBudget = load.Budget,
                        PrefillSlowdown = slowdowns[i],
                        PrefixCache = false,
                        Sampling = BenchModels.Greedy,
                    },
                    NullLogger.Instance,
                    cancellationToken);
                Round measured = await RoundAsync(model, load, random, cancellationToken);
                rounds[i].Add(measured);
                Print($"round {round + 1}, slowdown {slowdowns[i]:0.##}: {measured}");
            }
        }

        Print($"{load.Streams} streams, a prompt of {load.Prompt} tokens, medians of {load.Rounds} rounds; ITL in steps without the prompt (their median), by the clock and by the decode thread's processor time:");
        for (int i = 0; i < slowdowns.Length; i++)
        {
            Figures.Add($"ITL p99 beside a prompt in steps without, slowdown {slowdowns[i]:0.##}", Median(rounds[i], r => r.Wall).With99);
            Figures.Add($"TTFT of a prompt beside streams over alone, slowdown {slowdowns[i]:0.##}", Percentile.Of(rounds[i].Select(r => r.FirstToken), 0.5));
            Print($"  slowdown {slowdowns[i]:0.##}: {Median(rounds[i], r => r.Wall)}; TTFT {Percentile.Of(rounds[i].Select(r => r.FirstToken), 0.5):0.00} times that alone");
            Print($"    processor time: {Median(rounds[i], r => r.Processor)}; TTFT {Percentile.Of(rounds[i].Select(r => r.FirstTokenProcessor), 0.5):0.00} times that alone");
        }
    }

    /// <summary>The prompt alone; then the streams without it; then with it.</summary>
    private static async Task<Round> RoundAsync(LanguageModel model, Load load, Random random, CancellationToken cancellationToken)
    {
        // What comes first also warms the model up.
        await AskAsync(model, RandomPrompt.Create(random, 64, model.Info), cancellationToken);
        (TimeSpan Clock, TimeSpan Processor) alone = await AskAsync(model, RandomPrompt.Create(random, load.Prompt, model.Info), cancellationToken);
        StepTimes times = new(load.Streams);
        model.Inside.Scheduler.StepDone = times.OnStep;
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] streams = [.. Enumerable.Range(0, load.Streams).Select(_ => StreamAsync(model, load, random, end.Token))];
        await times.WaitAsync(load.Steps, cancellationToken);
        (TimeSpan Clock, TimeSpan Processor) beside = await AskAsync(model, RandomPrompt.Create(random, load.Prompt, model.Info), cancellationToken);
        model.Inside.Scheduler.StepDone = null;
        await end.CancelAsync();
        await Task.WhenAll(streams);
        return new Round(
            Gaps.Of(times, gap => gap.Clock), Gaps.Of(times, gap => gap.Processor), beside.Clock / alone.Clock, beside.Processor / alone.Processor,
            times.With.Count, times.MeanChunk);
    }

    /// <summary>The prompt's time to its first token, by the clock and in processor time, of which the decode takes nearly all.</summary>
    private static async Task<(TimeSpan Clock, TimeSpan Processor)> AskAsync(LanguageModel model, int[] prompt, CancellationToken cancellationToken)
    {
        TimeSpan began = Environment.CpuUsage.TotalTime;
        Generation generation = model.Start(new GenerationRequest { Prompt = prompt, MaxTokens = 1, IgnoreEndOfSequence = true });
        GenerationResult result = await generation.FinishAsync(cancellationToken);
        return (result.TimeToFirstToken, Environment.CpuUsage.TotalTime - began);
    }

    private static async Task StreamAsync(LanguageModel model, Load load, Random random, CancellationToken cancellationToken)
    {
        Generation generation = model.Start(new GenerationRequest
        {
            Prompt = RandomPrompt.Create(random, StreamPrompt, model.Info),
            MaxTokens = load.ContextLength - StreamPrompt,
            IgnoreEndOfSequence = true,
        });
        try
        {
            await generation.FinishAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static Gaps Median(List<Round> rounds, Func<Round, Gaps> gaps)
    {
        return new(Of(g => g.Step), Of(g => g.Without99), Of(g => g.With50), Of(g => g.With99));

        double Of(Func<Gaps, double> value) => Percentile.Of(rounds.Select(round => value(gaps(round))), 0.5);
    }

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private sealed record Load(string Path, int Streams, int Prompt, int Steps, int Rounds, int? Budget)
    {
        /// <summary>For the prompt, and for streams that do not end beside it.</summary>
        public int ContextLength => Math.Max(2 * Prompt, 512) + Steps;
    }

    /// <param name="Wall">By the clock.</param>
    /// <param name="Processor">By the processor time of the decode thread, which other work on the machine does not lengthen.</param>
    /// <param name="FirstToken">TTFT of the prompt over that alone.</param>
    /// <param name="FirstTokenProcessor">The same in processor time.</param>
    /// <param name="Steps">Steps with it.</param>
    /// <param name="Chunk">Prompt tokens of one of them, mean.</param>
    private sealed record Round(Gaps Wall, Gaps Processor, double FirstToken, double FirstTokenProcessor, int Steps, double Chunk)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Wall}; TTFT {FirstToken:0.00} times that alone; processor time: {Processor}; TTFT {FirstTokenProcessor:0.00}; {Steps} steps with {Chunk:0.0} prompt tokens");
    }

    /// <param name="Step">The median step without the prompt, in ms.</param>
    /// <param name="Without99">ITL without the prompt, in such steps, as the following two.</param>
    /// <param name="With50">With it.</param>
    /// <param name="With99">With it.</param>
    private sealed record Gaps(double Step, double Without99, double With50, double With99)
    {
        public static Gaps Of(StepTimes times, Func<(double Clock, double Processor), double> time)
        {
            double[] without = [.. times.Without.Select(time).Order()];
            double[] with = [.. times.With.Select(time).Order()];
            double step = Percentile.Of(without, 0.5);
            return new Gaps(1e3 * step, Percentile.Of(without, 0.99) / step, Percentile.Of(with, 0.5) / step, Percentile.Of(with, 0.99) / step);
        }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture, $"step {Step:0.0} ms; ITL p99 {Without99:0.00} without, p50 {With50:0.00} and p99 {With99:0.00} with");
    }

    /// <summary>
    /// The time from one step in which all streams decode to the next, which is the ITL of each. Called on the decode thread, so that what
    /// readers on a busy machine add is not in it.
    /// </summary>
    private sealed class StepTimes(int streams)
    {
        private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _last;
        private double _lastProcessor;
        private int _wanted = int.MaxValue;
        private long _promptTokens;

        public List<(double Clock, double Processor)> Without { get; } = new(10_000);

        public List<(double Clock, double Processor)> With { get; } = new(10_000);

        /// <summary>Prompt tokens of a step that has some.</summary>
        public double MeanChunk => (double)_promptTokens / With.Count;

        /// <summary>Waits for so many steps without a prompt.</summary>
        public Task WaitAsync(int steps, CancellationToken cancellationToken)
        {
            Volatile.Write(ref _wanted, steps);
            return _enough.Task.WaitAsync(cancellationToken);
        }

        public void OnStep(StepReport report)
        {
            long now = Stopwatch.GetTimestamp();
            double processor = ThreadSeconds();
            bool hasPrompt = report.Running > streams || report.PrefillTokens > 0;
            if (_last > 0 && report.DecodeTokens >= streams)
                (hasPrompt ? With : Without).Add((Stopwatch.GetElapsedTime(_last, now).TotalSeconds, processor - _lastProcessor));
            if (hasPrompt)
                _promptTokens += report.PrefillTokens;
            _last = report.DecodeTokens >= streams ? now : 0;
            _lastProcessor = processor;
            if (Without.Count >= Volatile.Read(ref _wanted))
                _enough.TrySetResult();
        }

        /// <summary>Processor time of this thread.</summary>
        private static double ThreadSeconds()
        {
            const int ThreadCpuTime = 3;
            TimeSpec time = default;
            return clock_gettime(ThreadCpuTime, ref time) == 0
                ? time.Seconds + (1e-9 * time.Nanoseconds)
                : throw new InvalidOperationException("The system does not tell the processor time of a thread.");
        }
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, ref TimeSpec time);

    private readonly record struct TimeSpec(long Seconds, long Nanoseconds);
}
