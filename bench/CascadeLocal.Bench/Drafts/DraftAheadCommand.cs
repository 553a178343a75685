using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

using CascadeLocal.Bench.Measuring;
using CascadeLocal.Bench.Models;
using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Scheduling;

using Microsoft.Extensions.Logging.Abstractions;

namespace CascadeLocal.Bench.Drafts;

/// <summary>What drafting ahead brings: the same questions with it and without in turns, at several numbers of streams.</summary>
internal static class DraftAheadCommand
{
    private const int MaxTokens = 96;

    /// <summary>The command <c>draft-ahead</c>.</summary>
    public static Command Create()
    {
        Command command = new("draft-ahead", "Measure TPOT and E2EL of a model with tokens drafted ahead, against without");
        Option<string?> model = new("--model") { Description = "The GGUF file (default: base of the shipped tier)", HelpName = "file" };
        Option<string?> drafter = new("--drafter") { Description = "A GGUF file of the same vocabulary, or lookup (default: nano of the shipped tier)" };
        Option<int[]> streams = new("--streams")
        {
            Description = "Answers that are decoded at once",
            DefaultValueFactory = _ => [1, 4],
            AllowMultipleArgumentsPerToken = true,
        };
        Option<string?> data = new("--data") { Description = "Questions, a line of JSON with a prompt each; others are passed over (default: sixteen easy ones)", HelpName = "file" };
        Option<int> most = new("--questions") { Description = "The most questions", DefaultValueFactory = _ => 200 };
        Option<int> rounds = new("--rounds") { Description = "Rounds, each both ways", DefaultValueFactory = _ => 5 };
        foreach (Option option in new Option[] { model, drafter, streams, data, most, rounds })
            command.Options.Add(option);
        command.SetAction((result, cancellationToken) =>
        {
            string by = result.GetValue(drafter) ?? BenchModels.Shipped("nano") ?? DraftingOptions.LookupName;
            return BenchModels.MeasureAsync(result.GetValue(model) ?? BenchModels.Shipped("base"), async path =>
            {
                ChatMessage[][] questions = [.. ReadQuestions(result.GetValue(data)).Take(result.GetValue(most))];
                int[] counts = result.GetValue(streams)!;
                using LanguageModel plain = await LoadAsync(path, null, counts.Max(), cancellationToken);
                using LanguageModel drafted = await LoadAsync(
                    path, by == DraftingOptions.LookupName ? DraftingOptions.Lookup : new(new ModelOptions { Path = by }), counts.Max(), cancellationToken);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"In decodes, a drafted token takes {drafted.DraftCost}."));
                foreach (int count in counts)
                    await MeasureAsync(plain, drafted, questions, count, result.GetValue(rounds), cancellationToken);
            });
        });
        return command;
    }

    private static async Task MeasureAsync(
        LanguageModel plain, LanguageModel drafted, ChatMessage[][] questions, int streams, int rounds, CancellationToken cancellationToken)
    {
        // Warms both up.
        await AskAsync(plain, questions, streams, cancellationToken);
        await AskAsync(drafted, questions, streams, cancellationToken);
        EngineStatus before = drafted.Status;
        List<(Times Plain, Times Drafted)> all = [];
        for (int round = 0; round < rounds; round++)
            all.Add((await AskAsync(plain, questions, streams, cancellationToken), await AskAsync(drafted, questions, streams, cancellationToken)));
        EngineStatus after = drafted.Status;
        long verified = after.AheadTokensVerified - before.AheadTokensVerified;
        long taken = after.AheadTokensTaken - before.AheadTokensTaken;
        long output = after.OutputTokens - before.OutputTokens;
        double Ratio(Func<Times, double> of) => all.Select(pair => of(pair.Drafted) / of(pair.Plain)).Order().ElementAt(rounds / 2);
        Figures.Add($"TPOT with drafts ahead over without, {streams} streams", Ratio(t => t.Tpot));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{drafted.Info.Drafter} for {drafted.Info.Name}, {streams} streams, {questions.Length} questions, median of {rounds} rounds, with over without: "
            + $"TPOT {Ratio(t => t.Tpot):0.000} (by tokens {Ratio(t => t.TokenTpot):0.000}), E2EL {Ratio(t => t.EndToEnd):0.000}, tokens/s {Ratio(t => t.Rate):0.000}; "
            + $"{(double)taken / Math.Max(1, verified):0.000} of {verified} drafted tokens taken, {(double)taken / output:0.000} of the output; "
            + $"TPOT without {1e3 * all.Select(pair => pair.Plain.Tpot).Order().ElementAt(rounds / 2):0.000} ms"));
    }

    private static async Task<Times> AskAsync(LanguageModel model, ChatMessage[][] questions, int streams, CancellationToken cancellationToken)
    {
        ConcurrentQueue<ChatMessage[]> left = new(questions);
        ConcurrentBag<GenerationResult> results = [];
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, streams).Select(_ => Task.Run(
            async () =>
            {
                while (left.TryDequeue(out ChatMessage[]? question))
                {
                    Generation generation = model.Start(new GenerationRequest { Prompt = model.TokenizeChat(question), MaxTokens = MaxTokens });
                    results.Add(await generation.FinishAsync(cancellationToken));
                }
            },
            cancellationToken)));
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        GenerationResult[] timed = [.. results.Where(r => r.OutputTokens > 1)];
        return new(
            timed.Average(r => Decoding(r) / (r.OutputTokens - 1)),
            timed.Sum(Decoding) / timed.Sum(r => r.OutputTokens - 1),
            results.Average(r => r.EndToEnd.TotalSeconds),
            results.Sum(r => r.OutputTokens) / seconds);
    }

    private static double Decoding(GenerationResult result) => (result.EndToEnd - result.TimeToFirstToken).TotalSeconds;

    private static IEnumerable<ChatMessage[]> ReadQuestions(string? path)
    {
        if (path is null)
            return Questions.All;
        return File.ReadLines(path).SelectMany(line =>
        {
            using JsonDocument question = JsonDocument.Parse(line);
            return question.RootElement.TryGetProperty("prompt", out JsonElement prompt)
                ? new[] { new[] { new ChatMessage("user", prompt.GetString()!) } }
                : [];
        });
    }

    private static Task<LanguageModel> LoadAsync(string path, DraftingOptions? drafting, int parallel, CancellationToken cancellationToken) =>
        LanguageModel.LoadAsync(
            new ModelOptions
            {
                Path = path, Drafting = drafting, Parallel = parallel, ContextLength = 512, Threads = BenchModels.Threads(), Sampling = BenchModels.Greedy,
            },
            NullLogger.Instance,
            cancellationToken);

    private sealed record Times(double Tpot, double TokenTpot, double EndToEnd, double Rate);
}
