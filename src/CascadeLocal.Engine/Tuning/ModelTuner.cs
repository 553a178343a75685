using System.Diagnostics;
using System.Globalization;

using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Native;
using CascadeLocal.Engine.Scheduling;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Engine.Tuning;

/// <summary>What tuning a model has found.</summary>
public sealed record TuningReport
{
    /// <summary>What is faster than the defaults.</summary>
    public required TunedSettings Settings { get; init; }

    /// <summary>The settings that were varied, one by one.</summary>
    public required IReadOnlyList<TunedSetting> Steps { get; init; }

    /// <summary>Time per decoded token of all that was taken, as a multiple of the defaults'.</summary>
    public required double TpotRatio { get; init; }

    /// <summary>Its prompt tokens per second as a multiple of theirs.</summary>
    public required double PrefillRatio { get; init; }

    /// <summary>Whether what was chosen one by one was not faster together, so that the defaults stay.</summary>
    public required bool FellThrough { get; init; }

    /// <summary>How long it took, with loading.</summary>
    public required TimeSpan Took { get; init; }
}

/// <summary>
/// Measures which settings serve a model fastest on this machine, of those that nobody has set and that are no promise to anybody: threads, prompt
/// tokens of a step, flash attention. Not the type of the KV cache, which costs accuracy, and not its layout, which is about memory.
/// </summary>
public static class ModelTuner
{
    /// <summary>Loads a model, measures, and frees it.</summary>
    /// <param name="options">The model; a null of what is tuned is open.</param>
    /// <param name="share">The cores that it has where no threads are named. No more are tried: a model that is measured alone does not see what they take from others.</param>
    /// <param name="most">About how long it measures, at most; a slow model takes longer.</param>
    /// <param name="logger">Where the log of loading goes.</param>
    /// <param name="progress">Told how much is done, 0 to 1.</param>
    /// <param name="cancellation">Ends it; nothing is left.</param>
    /// <exception cref="ModelLoadException">The model cannot be served.</exception>
    /// <exception cref="EngineException">A decode failed.</exception>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static Task<TuningReport> TuneAsync(
        ModelOptions options, int share, TimeSpan most, ILogger logger, IProgress<double>? progress, CancellationToken cancellation) =>
        Task.Run(() => DecodeThread.Measure(() => Tune(options, share, most, logger, progress, cancellation)), cancellation);

    private static TuningReport Tune(
        ModelOptions options, int share, TimeSpan most, ILogger logger, IProgress<double>? progress, CancellationToken cancellation)
    {
        long started = Stopwatch.GetTimestamp();
        NativeBackend backend = NativeBackend.Initialize(logger);
        int context = Math.Min(
            Math.Clamp(options.ContextLength ?? TuningBench.Context, TuningBench.LeastContext, TuningBench.Context),
            GgufFile.Open(options.Path).Metadata.ContextLength);
        int budget = options.PrefillBudget ?? ModelOptions.DefaultPrefillBudget(backend.IsGpu);
        int[] budgets = options.PrefillBudget is null ? [.. new[] { 2 * budget, 4 * budget, budget / 2 }.Where(other => other <= context / 2)] : [];
        ModelOptions benched = options with
        {
            ContextLength = context,
            Parallel = TuningBench.Sequences(options.Parallel ?? ModelOptions.DefaultParallel),
            KvCells = null,
            Threads = options.Threads ?? share,
            PrefillBudget = budgets.Append(budget).Max(),
            Drafting = null,
        };
        using TuningBench bench = Load(benched, logger, cancellation, out bool hasWithout);
        TuningPoint start = new(options.FlashAttention, benched.Threads.Value, options.ThreadsBatch ?? benched.Threads.Value, budget);
        int[] fewer = options.Threads is null ? Fewer(share) : [];
        TuningSearch search = new(bench.Seconds, bench.Parts, most / 5);
        TuningOutcome found = search.Run(start, [.. Axes().Where(axis => axis.Others.Count > 0)], progress);
        return new()
        {
            Settings = new()
            {
                Threads = Changed(found.Chosen.Threads, start.Threads),
                // Named with the others, since it is as many as these where it is not.
                ThreadsBatch = options.ThreadsBatch is null ? Changed(found.Chosen.ThreadsBatch, found.Chosen.Threads) : null,
                PrefillBudget = Changed(found.Chosen.PrefillBudget, start.PrefillBudget),
                FlashAttention = found.Chosen.FlashAttention == start.FlashAttention ? null : found.Chosen.FlashAttention,
            },
            Steps = found.Settings,
            TpotRatio = found.TpotRatio,
            PrefillRatio = found.PrefillRatio,
            FellThrough = found.FellThrough,
            Took = Stopwatch.GetElapsedTime(started),
        };

        IEnumerable<TuningAxis> Axes()
        {
            yield return new(
                "flash_attention", [TuningPart.Decode, TuningPart.DeepDecode, TuningPart.Prompt, TuningPart.DeepPrompt], "auto",
                hasWithout ? [("off", way => way with { FlashAttention = false })] : []);
            yield return new(
                "threads", [TuningPart.Decode, TuningPart.DeepDecode], Text(start.Threads),
                [.. fewer.Select(count => (Text(count), (Func<TuningPoint, TuningPoint>)(way => way with { Threads = count })))]);
            yield return new(
                "threads_batch", [TuningPart.Together, TuningPart.Prompt, TuningPart.DeepPrompt], Text(start.ThreadsBatch),
                [.. (options.ThreadsBatch is null ? fewer : []).Select(count => (Text(count), (Func<TuningPoint, TuningPoint>)(way => way with { ThreadsBatch = count })))]);
            // A prompt of one step says nothing of longer steps.
            yield return new(
                "prefill_budget", [TuningPart.Prompt], Text(budget),
                [.. budgets.Where(other => Math.Max(other, budget) <= bench.PromptTokens)
                    .Select(other => (Text(other), (Func<TuningPoint, TuningPoint>)(way => way with { PrefillBudget = other })))]);
        }
    }

    /// <summary>Numbers of threads below a share, from many to one, each at least a quarter less than the one before.</summary>
    internal static int[] Fewer(int share)
    {
        List<int> fewer = [];
        for (int count = share * 3 / 4; count >= 1; count = count * 3 / 4)
            fewer.Add(count);
        return [.. fewer];
    }

    private static TuningBench Load(ModelOptions options, ILogger logger, CancellationToken cancellation, out bool hasWithout)
    {
        hasWithout = false;
        LoadedModel model = ModelLoader.Load(options, logger, _ => !cancellation.IsCancellationRequested);
        LlamaModelContext? without = null;
        try
        {
            // Quantised values need it.
            if (options is { FlashAttention: null, KvType: KvType.F16 })
                without = ModelLoader.AddContext(model, options with { FlashAttention = false });
            hasWithout = without is not null;
            return new TuningBench(model, without, cancellation);
        }
        catch
        {
            without?.Dispose();
            model.Dispose();
            throw;
        }
    }

    private static int? Changed(int chosen, int before) => chosen == before ? null : chosen;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
