using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

using CascadeLocal.Bench.Models;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Scheduling;

using Microsoft.Extensions.Logging.Abstractions;

namespace CascadeLocal.Bench.Decoding;

/// <summary>What a long prompt costs the streams beside it, and they the prompt. Values of prefill_slowdown take turns in one run.</summary>
internal static class PromptBesideCommand
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

        Print($"{load.Streams} streams, a prompt of {load.Prompt} tokens, medians of {load.Rounds} rounds; ITL in steps without the prompt (their median):");
        for (int i = 0; i < slowdowns.Length; i++)
            Print($"  slowdown {slowdowns[i]:0.##}: ITL p50 {Median(rounds[i], r => r.With50):0.00}, p99 {Median(rounds[i], r => r.With99):0.00} ({Median(rounds[i], r => r.Without99):0.00} without); TTFT {Median(rounds[i], r => r.FirstToken):0.00} times that alone");
    }

    /// <summary>The prompt alone; then the streams without it; then with it.</summary>
    private static async Task<Round> RoundAsync(LanguageModel model, Load load, Random random, CancellationToken cancellationToken)
    {
        // What comes first also warms the model up.
        await AskAsync(model, RandomPrompt.Create(random, 64, model.Info), cancellationToken);
        TimeSpan alone = await AskAsync(model, RandomPrompt.Create(random, load.Prompt, model.Info), cancellationToken);
        StepTimes times = new(load.Streams);
        model.Inside.Scheduler.StepDone = times.OnStep;
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] streams = [.. Enumerable.Range(0, load.Streams).Select(_ => StreamAsync(model, load, random, end.Token))];
        await times.WaitAsync(load.Steps, cancellationToken);
        TimeSpan beside = await AskAsync(model, RandomPrompt.Create(random, load.Prompt, model.Info), cancellationToken);
        model.Inside.Scheduler.StepDone = null;
        await end.CancelAsync();
        await Task.WhenAll(streams);
        double[] without = [.. times.Without.Order()];
        double[] with = [.. times.With.Order()];
        double step = Percentile(without, 0.5);
        return new Round(
            1e3 * step, Percentile(without, 0.99) / step, Percentile(with, 0.5) / step, Percentile(with, 0.99) / step, beside / alone, with.Length, times.MeanChunk);
    }

    private static async Task<TimeSpan> AskAsync(LanguageModel model, int[] prompt, CancellationToken cancellationToken)
    {
        Generation generation = model.Start(new GenerationRequest { Prompt = prompt, MaxTokens = 1, IgnoreEndOfSequence = true });
        GenerationResult result = await generation.FinishAsync(cancellationToken);
        return result.TimeToFirstToken;
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

    private static double Median(List<Round> rounds, Func<Round, double> value) => Percentile([.. rounds.Select(value).Order()], 0.5);

    /// <summary>By nearest rank.</summary>
    private static double Percentile(double[] sorted, double share) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private sealed record Load(string Path, int Streams, int Prompt, int Steps, int Rounds, int? Budget)
    {
        /// <summary>For the prompt, and for streams that do not end beside it.</summary>
        public int ContextLength => Math.Max(2 * Prompt, 512) + Steps;
    }

    /// <param name="Step">The median step without the prompt, in ms.</param>
    /// <param name="Without99">ITL without the prompt, in such steps, as the following two.</param>
    /// <param name="With50">With it.</param>
    /// <param name="With99">With it.</param>
    /// <param name="FirstToken">TTFT of the prompt over that alone.</param>
    /// <param name="Steps">Steps with it.</param>
    /// <param name="Chunk">Prompt tokens of one of them, mean.</param>
    private sealed record Round(double Step, double Without99, double With50, double With99, double FirstToken, int Steps, double Chunk)
    {
        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"step {Step:0.0} ms; ITL p99 {Without99:0.00} without, p50 {With50:0.00} and p99 {With99:0.00} with ({Steps} steps of {Chunk:0.0} tokens); TTFT {FirstToken:0.00} times that alone");
    }

    /// <summary>
    /// The time from one step in which all streams decode to the next, which is the ITL of each. Called on the decode thread, so that what
    /// readers on a busy machine add is not in it.
    /// </summary>
    private sealed class StepTimes(int streams)
    {
        private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _last;
        private int _wanted = int.MaxValue;
        private long _promptTokens;

        public List<double> Without { get; } = new(10_000);

        public List<double> With { get; } = new(10_000);

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
            bool hasPrompt = report.Running > streams || report.PrefillTokens > 0;
            if (_last > 0 && report.DecodeTokens >= streams)
                (hasPrompt ? With : Without).Add(Stopwatch.GetElapsedTime(_last, now).TotalSeconds);
            if (hasPrompt)
                _promptTokens += report.PrefillTokens;
            _last = report.DecodeTokens >= streams ? now : 0;
            if (Without.Count >= Volatile.Read(ref _wanted))
                _enough.TrySetResult();
        }
    }
}
