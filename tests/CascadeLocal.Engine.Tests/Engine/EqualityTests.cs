using System.Collections.Concurrent;

using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Prefixes;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Tests.Gguf;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>Whatever the engine does to be fast, it says what the model alone says.</summary>
public sealed class EqualityTests : IDisposable
{
    private const int MaxTokens = 24;

    private readonly TempFolder _folder = new();

    public static TheoryData<string> Models => TestModel.All;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Forty_prompts_in_batches_of_sixteen_answer_as_the_model_alone(string name) =>
        Assert.Contains(await FortyTogetherAsync(name, prefillSlowdown: 1000), step => step.DecodeTokens == 16);

    [Theory]
    [InlineData(TestModel.Random)]
    [InlineData(TestModel.Shipped)]
    public async Task Forty_prompts_in_chunks_that_time_decides_answer_as_the_model_alone(string name) => Assert.Contains(
        await FortyTogetherAsync(name, ModelOptions.DefaultPrefillSlowdown),
        step => step is { DecodeTokens: > 0, PrefillTokens: > 0 and < 128 });

    [Theory]
    [MemberData(nameof(Models))]
    public async Task With_the_prefix_cache_a_conversation_goes_as_without(string name)
    {
        string path = TestModel.Path(name, _folder);
        List<int[]> prompts = [];
        List<Answer> answers = [];
        using LanguageModel model = await LoadAsync(path, options => options with { Parallel = 4 });
        List<ChatMessage> messages = [new("system", "You are a helpful assistant. Answer in one short sentence.")];
        foreach (string question in Prompts.Forty.Take(10))
        {
            messages.Add(new ChatMessage("user", question));
            prompts.Add(model.TokenizeChat(messages));
            answers.Add(await Answer.ReadAsync(Generate(model, prompts[^1])));
            messages.Add(new ChatMessage("assistant", answers[^1].Text));
        }

        for (int turn = 1; turn < prompts.Count; turn++)
        {
            // The last token of an answer is sampled but not evaluated; the rest is reused up to the first token that the
            // history, tokenised again as text, has otherwise.
            int[] held = [.. prompts[turn - 1], .. answers[turn - 1].Tokens.SkipLast(1)];
            Assert.Equal(held.AsSpan().CommonPrefixLength(prompts[turn].AsSpan(0, prompts[turn].Length - 1)), answers[turn].Result.CachedTokens);
        }

        Compare(path, prompts, answers, $"{name}, 10 turns from the cache");
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Preempted_and_resumed_a_request_goes_as_undisturbed(string name)
    {
        string path = TestModel.Path(name, _folder);
        using LanguageModel model = await LoadAsync(
            path, options => options with { Parallel = 8, KvLayout = KvLayout.Unified, KvCells = 256 });
        int[][] prompts = [.. Prompts.Forty.Take(16).Select(question => model.TokenizeChat([new ChatMessage("user", question)]))];

        Answer[] answers = await Task.WhenAll(
            prompts.Select(prompt => Answer.ReadAsync(Generate(model, prompt, ignoreEnd: true))));

        Assert.True(model.Status.Preemptions > 0);
        Compare(path, prompts, answers, $"{name}, {model.Status.Preemptions} preemptions", ignoreEnd: true);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task A_shared_system_prompt_is_copied_exactly(string name)
    {
        string path = TestModel.Path(name, _folder);
        foreach (KvLayout layout in new[] { KvLayout.Streams, KvLayout.Unified })
        {
            using LanguageModel model = await LoadAsync(path, options => options with { Parallel = 8, KvLayout = layout, ContextLength = 1024 });
            string system = string.Join(' ', Prompts.Forty.Take(12));
            int[][] prompts = [.. Prompts.Forty.Take(8)
                .Select(question => model.TokenizeChat([new ChatMessage("system", system), new ChatMessage("user", question)]))];
            model.Inside.Thread.Hold();
            Generation[] generations = [.. prompts.Select(prompt => Generate(model, prompt))];
            model.Inside.Thread.Resume();

            Answer[] answers = await Task.WhenAll(generations.Select(generation => Answer.ReadAsync(generation)));

            Assert.Equal(7, answers.Count(answer => answer.Result.CachedTokens >= SlotTable.MinCopiedTokens));
            Compare(path, prompts, answers, $"{name}, prefix copied between {layout}");
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task A_conversation_restored_from_host_memory_goes_as_undisturbed(string name)
    {
        string path = TestModel.Path(name, _folder);
        foreach (KvLayout layout in new[] { KvLayout.Streams, KvLayout.Unified })
        {
            using PrefixStore store = new(capacity: 1 << 30);
            using LanguageModel model = await LoadAsync(
                path, options => options with { Parallel = 2, Threads = 1, KvLayout = layout, ContextLength = 1024, PrefixStore = store });
            List<int[]> prompts = [];
            List<Answer> answers = [];
            List<ChatMessage>[] conversations =
                [.. Prompts.Forty.Take(4).Select(question => new List<ChatMessage> { new("system", $"{question} {Prompts.Forty[13]} {Prompts.Forty[21]}") })];

            // Four take turns in two sequences, so that each has lost its own before its next turn.
            foreach (string question in Prompts.Forty.Skip(4).Take(3))
            {
                foreach (List<ChatMessage> messages in conversations)
                {
                    messages.Add(new ChatMessage("user", question));
                    prompts.Add(model.TokenizeChat(messages));
                    answers.Add(await Answer.ReadAsync(Generate(model, prompts[^1])));
                    messages.Add(new ChatMessage("assistant", answers[^1].Text));
                }
            }

            StoredPrefixStatus status = model.Status.StoredPrefixes;
            Assert.Equal(8, status.Restored);
            Assert.All(answers.Skip(4), answer => Assert.True(answer.Result.CachedTokens >= ModelPrefixes.MinTokens));
            Assert.Equal(status.RestoredTokens, answers.Skip(4).Sum(answer => answer.Result.CachedTokens));
            Compare(path, prompts, answers, $"{name}, 8 turns restored, {layout}");
        }
    }

    /// <summary>Compares the answers, and gives the steps that made them.</summary>
    private async Task<IEnumerable<StepReport>> FortyTogetherAsync(string name, double prefillSlowdown)
    {
        string path = TestModel.Path(name, _folder);
        using LanguageModel model = await LoadAsync(path, options => options with { Parallel = 16, PrefillSlowdown = prefillSlowdown });
        int[][] prompts = [.. Prompts.Forty.Select(question => model.TokenizeChat([new ChatMessage("user", question)]))];
        ConcurrentQueue<StepReport> steps = [];
        model.Inside.Scheduler.StepDone = steps.Enqueue;

        // The step is held until all are queued, so that sixteen really run together.
        model.Inside.Thread.Hold();
        Generation[] generations = [.. prompts.Select(prompt => Generate(model, prompt))];
        model.Inside.Thread.Resume();
        Answer[] answers = await Task.WhenAll(generations.Select(generation => Answer.ReadAsync(generation)));

        Compare(path, prompts, answers, $"{name}, 40 prompts, 16 at once, slowdown {prefillSlowdown}");
        return steps;
    }

    private static Task<LanguageModel> LoadAsync(string path, Func<ModelOptions, ModelOptions> change) =>
        LanguageModel.LoadAsync(change(new ModelOptions { Path = path, Threads = 2, Sampling = TestModel.Greedy }), NullLogger.Instance);

    private static Generation Generate(LanguageModel model, int[] prompt, bool ignoreEnd = false) =>
        model.Start(new GenerationRequest { Prompt = prompt, MaxTokens = MaxTokens, IgnoreEndOfSequence = ignoreEnd });

    private static void Compare(string path, IReadOnlyList<int[]> prompts, IReadOnlyList<Answer> answers, string what, bool ignoreEnd = false)
    {
        using PlainLoop plain = new(path, contextLength: 1024) { IgnoreEnd = ignoreEnd };
        Agreement agreement = new(plain, Rounding.Of(path));
        for (int i = 0; i < prompts.Count; i++)
            agreement.Check(prompts[i], answers[i]);
        agreement.Report(what);
    }
}
