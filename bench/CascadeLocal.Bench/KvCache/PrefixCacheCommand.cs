using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

using CascadeLocal.Bench.Measuring;
using CascadeLocal.Bench.Models;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Prefixes;
using CascadeLocal.Engine.Scheduling;

using Microsoft.Extensions.Logging.Abstractions;

namespace CascadeLocal.Bench.KvCache;

/// <summary>What it brings to keep the prefixes that have lost their sequence. With and without take turns in one run.</summary>
internal static class PrefixCacheCommand
{
    private const int Turns = 10;

    /// <summary>The command <c>prefix-cache</c>.</summary>
    public static Command Create()
    {
        Command command = new("prefix-cache", "Measure recurring prompts and an evicted conversation with and without the host-memory prefix cache");
        Option<string?> model = new("--model") { Description = "The GGUF file (default: the largest of the benchmarks' models)", HelpName = "file" };
        Option<int[]> streams = new("--streams") { Description = "Requests at once", DefaultValueFactory = _ => [8, 16], AllowMultipleArgumentsPerToken = true };
        Option<int> prompt = new("--prompt") { Description = "Tokens of a prompt", DefaultValueFactory = _ => 70 };
        Option<int> tokens = new("--tokens") { Description = "Tokens of an answer", DefaultValueFactory = _ => 48 };
        Option<int> rounds = new("--rounds") { Description = "Rounds, each without the cache and with it", DefaultValueFactory = _ => 3 };
        Option<int> memory = new("--memory") { Description = "Memory of the cache in MiB", DefaultValueFactory = _ => 1024 };
        command.Options.Add(model);
        command.Options.Add(streams);
        command.Options.Add(prompt);
        command.Options.Add(tokens);
        command.Options.Add(rounds);
        command.Options.Add(memory);
        command.SetAction((result, cancellationToken) => BenchModels.MeasureAsync(result.GetValue(model), async path =>
        {
            Load load = new(path, result.GetValue(prompt), result.GetValue(tokens), result.GetValue(rounds), (long)result.GetValue(memory) << 20);
            foreach (int count in result.GetValue(streams)!)
                await RecurAsync(load, count, cancellationToken);
            await ReturnAsync(load, cancellationToken);
            await RestartAsync(load, cancellationToken);
        }));
        return command;
    }

    /// <summary>Three times as many prompts as sequences come again and again, so that each has lost its sequence before it comes again.</summary>
    private static async Task RecurAsync(Load load, int streams, CancellationToken cancellationToken)
    {
        using PrefixStore store = new(load.Memory);
        using LanguageModel without = await LoadAsync(load, streams, null, cancellationToken);
        using LanguageModel with = await LoadAsync(load, streams, store, cancellationToken);
        Random random = new(1);
        int[][] prompts = [.. Enumerable.Range(0, 3 * streams).Select(_ => RandomPrompt.Create(random, load.Prompt, with.Info))];
        await RoundAsync(without, prompts, streams, load.Tokens, cancellationToken);
        await RoundAsync(with, prompts, streams, load.Tokens, cancellationToken);
        List<double> plain = [];
        List<double> cached = [];
        for (int round = 0; round < load.Rounds; round++)
        {
            plain.Add(await RoundAsync(without, prompts, streams, load.Tokens, cancellationToken));
            cached.Add(await RoundAsync(with, prompts, streams, load.Tokens, cancellationToken));
        }

        Figures.Add($"tokens/s of {streams} with stored prefixes over without", Median([.. cached.Zip(plain, (c, p) => c / p)]));
        StoredPrefixStatus status = with.Status.StoredPrefixes;
        Print($"{streams} streams, {prompts.Length} prompts of {load.Prompt} tokens that recur, {load.Tokens} out: {Median(plain):0.0} tokens/s without, {Median(cached):0.0} with, ratio {Median([.. cached.Zip(plain, (c, p) => c / p)]):0.00} ({string.Join(", ", cached.Zip(plain, (c, p) => FormattableString.Invariant($"{c / p:0.00}")))})");
        Print($"  {status.Restored} restores of {status.RestoredTokens} tokens, {status.Saved} saves, {status.Prefixes} prefixes of {status.Bytes / 1e6:0.0} MB; copied in {status.CopyTime.TotalMilliseconds:0.0} ms");
    }

    /// <summary>The last turn of a conversation: evaluated whole, from its sequence, and after others took that.</summary>
    private static async Task ReturnAsync(Load load, CancellationToken cancellationToken)
    {
        using PrefixStore store = new(load.Memory);
        using LanguageModel fresh = await LoadAsync(load, 2, null, cancellationToken, options => options with { PrefixCache = false });
        using LanguageModel model = await LoadAsync(load, 2, store, cancellationToken);
        Random random = new(2);
        List<double> evaluated = [];
        List<double> kept = [];
        List<double> restored = [];
        List<double> perMegabyte = [];
        for (int round = 0; round < load.Rounds; round++)
        {
            (int[] held, double direct) = await ConverseAsync(model, load, random, Turns, cancellationToken);
            kept.Add(direct);
            (held, _) = await ConverseAsync(model, load, random, Turns - 1, cancellationToken);
            for (int other = 0; other < 2; other++)
                await AskAsync(model, RandomPrompt.Create(random, load.Prompt, model.Info), 1, cancellationToken);
            int[] last = [.. held, .. RandomPrompt.Create(random, load.Prompt, model.Info)];
            evaluated.Add((await AskAsync(fresh, last, 1, cancellationToken)).Result.TimeToFirstToken.TotalMilliseconds);
            StoredPrefixStatus before = model.Status.StoredPrefixes;
            restored.Add((await AskAsync(model, last, 1, cancellationToken)).Result.TimeToFirstToken.TotalMilliseconds);
            StoredPrefixStatus after = model.Status.StoredPrefixes;
            perMegabyte.Add((after.CopyTime - before.CopyTime).TotalMilliseconds / ((after.CopiedBytes - before.CopiedBytes) / 1e6));
            if (after.Restored == before.Restored)
                Print($"  round {round}: nothing was restored");
        }

        Figures.Add($"turn {Turns} from its sequence over whole", Ratio(kept, evaluated));
        Figures.Add($"turn {Turns} after eviction over whole", Ratio(restored, evaluated));
        Print($"turn {Turns} of {(Turns - 1) * (load.Prompt + load.Tokens) + load.Prompt} tokens: evaluated whole {Median(evaluated):0.0} ms; from its sequence {Median(kept):0.0} ms ({Ratio(kept, evaluated):0.000}); after eviction {Median(restored):0.0} ms ({Ratio(restored, evaluated):0.000})");
        Print($"  a MB that is copied, restored or saved, takes {Median(perMegabyte):0.000} ms");
    }

    /// <summary>The last turn of a conversation by a model that was loaded after the others were answered.</summary>
    private static async Task RestartAsync(Load load, CancellationToken cancellationToken)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            Random random = new(3);
            List<double> evaluated = [];
            List<double> restored = [];
            List<double> loading = [];
            for (int round = 0; round < load.Rounds; round++)
            {
                int[] last = [];
                foreach (bool isAgain in new[] { false, true })
                {
                    using PrefixFolder folder = new(path, NullLogger.Instance);
                    using PrefixStore store = new(load.Memory, folder);
                    long started = Stopwatch.GetTimestamp();
                    using LanguageModel model = await LoadAsync(load, 2, store, cancellationToken, options => options with { Fingerprint = load.Path });
                    if (isAgain)
                    {
                        loading.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                        await AskAsync(model, RandomPrompt.Create(random, 16, model.Info), 1, cancellationToken);
                        restored.Add((await AskAsync(model, last, 1, cancellationToken)).Result.TimeToFirstToken.TotalMilliseconds);
                        continue;
                    }

                    (int[] held, _) = await ConverseAsync(model, load, random, Turns - 1, cancellationToken);
                    last = [.. held, .. RandomPrompt.Create(random, load.Prompt, model.Info)];
                    using LanguageModel fresh = await LoadAsync(load, 2, null, cancellationToken, options => options with { PrefixCache = false });
                    await AskAsync(fresh, RandomPrompt.Create(random, 16, model.Info), 1, cancellationToken);
                    evaluated.Add((await AskAsync(fresh, last, 1, cancellationToken)).Result.TimeToFirstToken.TotalMilliseconds);
                }
            }

            Figures.Add($"turn {Turns} after a restart over whole", Ratio(restored, evaluated));
            Print($"turn {Turns} after a restart: {Median(restored):0.0} ms ({Ratio(restored, evaluated):0.000} of {Median(evaluated):0.0} ms evaluated whole); loading took {Median(loading):0.0} ms with the folder");
        }
        finally
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
        }
    }

    private static async Task<(int[] Held, double TimeToFirstToken)> ConverseAsync(
        LanguageModel model, Load load, Random random, int turns, CancellationToken cancellationToken)
    {
        int[] held = [];
        double last = 0;
        for (int turn = 0; turn < turns; turn++)
        {
            int[] prompt = [.. held, .. RandomPrompt.Create(random, load.Prompt, model.Info)];
            (List<int> answer, GenerationResult result) = await AskAsync(model, prompt, load.Tokens, cancellationToken);
            held = [.. prompt, .. answer.SkipLast(1)];
            last = result.TimeToFirstToken.TotalMilliseconds;
        }

        return (held, last);
    }

    private static async Task<double> RoundAsync(LanguageModel model, int[][] prompts, int streams, int tokens, CancellationToken cancellationToken)
    {
        int next = -1;
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, streams).Select(async _ =>
        {
            for (int i = Interlocked.Increment(ref next); i < prompts.Length; i = Interlocked.Increment(ref next))
                await AskAsync(model, prompts[i], tokens, cancellationToken);
        }));
        return prompts.Length * tokens / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<(List<int> Tokens, GenerationResult Result)> AskAsync(
        LanguageModel model, int[] prompt, int tokens, CancellationToken cancellationToken)
    {
        List<int> answer = [];
        GenerationResult? result = null;
        Generation generation = model.Start(new GenerationRequest { Prompt = prompt, MaxTokens = tokens, IgnoreEndOfSequence = true });
        await foreach (AnswerEvent next in generation.ReadAllAsync(cancellationToken))
        {
            if (next.IsToken)
                answer.Add(next.Token);
            else
                result = next.Result;
        }

        return (answer, result!);
    }

    private static Task<LanguageModel> LoadAsync(
        Load load, int parallel, PrefixStore? store, CancellationToken cancellationToken, Func<ModelOptions, ModelOptions>? change = null)
    {
        ModelOptions options = new()
        {
            Path = load.Path, Parallel = parallel, Threads = BenchModels.Threads(), Sampling = BenchModels.Greedy, PrefixStore = store,
        };
        return LanguageModel.LoadAsync(change?.Invoke(options) ?? options, NullLogger.Instance, cancellationToken);
    }

    private static double Ratio(List<double> some, List<double> others) => Median([.. some.Zip(others, (a, b) => a / b)]);

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private sealed record Load(string Path, int Prompt, int Tokens, int Rounds, long Memory);
}
