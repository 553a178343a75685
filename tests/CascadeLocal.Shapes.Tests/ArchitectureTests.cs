using System.Collections.Concurrent;

using CascadeLocal.Engine;
using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Tests.Engine;
using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Trainer.Shapes;

using LLama;
using LLama.Native;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Shapes.Tests;

/// <summary>
/// Every architecture is served as it would be alone: streamed, at once with others, from the cache, preempted, with drafts, to the end
/// of its context. A model with recurrent layers has its state whole or not at all, so it makes no use of drafts.
/// </summary>
public sealed class ArchitectureTests(SmallShapes shapes) : IClassFixture<SmallShapes>
{
    private const int MaxTokens = 16;
    private const int ContextLength = 256;

    public static IEnumerable<TheoryDataRow<string>> Architectures => SmallShapes.All;

    [Theory]
    [MemberData(nameof(Architectures))]
    public async Task A_chat_is_answered_as_a_stream_and_whole_alike(string architecture)
    {
        using LanguageModel model = await LoadAsync(architecture);
        GenerationRequest request = new()
        {
            Messages = [new ChatMessage("system", "Be brief."), new ChatMessage("user", Prompts.Forty[0])],
            MaxTokens = MaxTokens,
            IgnoreEndOfSequence = true,
        };

        Answer streamed = await Answer.ReadAsync(model.Start(request));
        await using Generation whole = model.Start(request);
        GenerationResult result = await whole.FinishAsync(TestContext.Current.CancellationToken);

        Assert.Equal(architecture, model.Info.Architecture);
        Assert.Equal(streamed.Text, whole.Text);
        Assert.Equal(FinishReason.Length, result.FinishReason);
        // Not one token over and over: else equal answers would say little.
        Assert.InRange(streamed.Tokens.Distinct().Count(), MaxTokens / 4, MaxTokens);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public async Task A_drafter_is_refused_where_a_token_cannot_be_taken_back(string architecture)
    {
        bool takesBack = PublishedShapes.Of(architecture) is { StateSpace: null, AttentionLayers: null };

        Exception? error = await Record.ExceptionAsync(async () =>
        {
            using LanguageModel model = await LoadAsync(architecture, options => options with { Drafting = DraftingOptions.Lookup });
            Assert.Equal(DraftingOptions.LookupName, model.Info.Drafter);
        });

        if (takesBack)
            Assert.Null(error);
        else
            Assert.Equal("drafter", Assert.IsType<ModelLoadException>(error).Field);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public async Task Sixteen_at_once_are_answered_as_the_model_alone_answers(string architecture)
    {
        // Prompts are not held back beside decodes, so that all sixteen decode together.
        using LanguageModel model = await LoadAsync(architecture, options => options with { Parallel = 16, PrefillSlowdown = 1000 });
        ConcurrentQueue<StepReport> steps = [];
        model.Inside.Scheduler.StepDone = steps.Enqueue;

        (int[][] prompts, Answer[] answers) = await AskTogetherAsync(model, 16);

        Assert.Contains(steps, step => step.DecodeTokens == 16);
        Compare(architecture, prompts, answers, "16 at once");
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public async Task With_the_prefix_cache_a_conversation_goes_as_without(string architecture)
    {
        using LanguageModel model = await LoadAsync(architecture);
        List<int[]> prompts = [];
        List<Answer> answers = [];
        int[] held = model.TokenizeChat([new ChatMessage("user", Prompts.Forty[1])]);
        foreach (string question in Prompts.Forty.Take(4))
        {
            // By tokens, so that each turn begins with all that the one before it left, whatever its text is.
            prompts.Add([.. held, .. model.Tokenize(question)]);
            answers.Add(await Answer.ReadAsync(Generate(model, prompts[^1])));
            int cached = answers[^1].Result.CachedTokens;
            Assert.Equal(answers.Count == 1 ? 0 : held.Length, cached);
            held = [.. prompts[^1], .. answers[^1].Tokens.SkipLast(1)];
        }

        // One that leaves the first conversation in its midst has what can be cut off it, or nothing.
        prompts.Add([.. held[..40], .. model.Tokenize(Prompts.Forty[20])]);
        answers.Add(await Answer.ReadAsync(Generate(model, prompts[^1])));
        Assert.Equal(model.Capabilities.VerifiesDrafts ? 40 : 0, answers[^1].Result.CachedTokens);

        Compare(architecture, prompts, answers, "5 turns from the cache");
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public async Task Preempted_and_resumed_a_request_goes_as_undisturbed(string architecture)
    {
        using LanguageModel model = await LoadAsync(
            architecture, options => options with { Parallel = 8, KvLayout = KvLayout.Unified, KvCells = 256 });

        (int[][] prompts, Answer[] answers) = await AskTogetherAsync(model, 8);

        // Where no layer has cells, there are none to run out of.
        Assert.Equal(model.Info.KvLayout == KvLayout.Unified, model.Status.Preemptions > 0);
        Assert.Equal(PublishedShapes.Of(architecture).Heads > 0, model.Info.KvLayout == KvLayout.Unified);
        Compare(architecture, prompts, answers, $"{model.Status.Preemptions} preemptions");
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public async Task Drafts_change_no_answer_and_are_ignored_where_nothing_can_be_taken_back(string architecture)
    {
        using LanguageModel model = await LoadAsync(architecture, options => options with { PrefixCache = false });
        (int[][] prompts, Answer[] plain) = await AskTogetherAsync(model, 4);
        int[][] drafts = [.. plain.Select((answer, i) => answer.Tokens.Select((token, at) => i > 0 && at == 3 * i ? token ^ 1 : token).ToArray())];

        (_, Answer[] drafted) = await AskTogetherAsync(model, 4, drafts);

        int reused = drafted.Sum(answer => answer.Result.Draft!.Reused);
        Assert.Equal(model.Capabilities.VerifiesDrafts, reused > 0);
        Assert.Equal(PublishedShapes.Of(architecture) is { StateSpace: null, AttentionLayers: null }, model.Capabilities.VerifiesDrafts);
        Compare(architecture, prompts, drafted, $"drafts, {reused} tokens reused");
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public async Task An_answer_ends_where_the_context_is_full(string architecture)
    {
        using LanguageModel model = await LoadAsync(architecture, options => options with { ContextLength = 64, Parallel = 2 });
        int[] prompt = model.Tokenize(Prompts.Forty[23]);

        Answer answer = await Answer.ReadAsync(model.Start(new GenerationRequest { Prompt = prompt, IgnoreEndOfSequence = true }));

        Assert.Equal(FinishReason.Length, answer.Result.FinishReason);
        Assert.Equal(64, prompt.Length + answer.Tokens.Count);
        Assert.Throws<ContextLengthExceededException>(() => model.Start(new GenerationRequest { Prompt = new int[64] }));
        Compare(architecture, [prompt], [answer], "to the end of the context");
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public async Task Each_token_that_ends_a_generation_ends_it(string architecture)
    {
        ControlTokens control = PublishedShapes.Of(architecture).Control;
        Dictionary<string, int> ends = EndTokens(shapes.PathOf(architecture));
        Assert.Empty(new[] { control.End, control.EndOfTurn ?? control.End, "<|im_end|>" }.Except(ends.Keys));
        Assert.True(ends.Count > 1);
        using LanguageModel model = await LoadAsync(architecture);

        foreach ((string token, int id) in ends)
        {
            Answer answer = await Answer.ReadAsync(model.Start(new GenerationRequest
            {
                Prompt = model.Tokenize("the"), MaxTokens = MaxTokens, LogitBias = new Dictionary<int, float> { [id] = 100 },
            }));

            Assert.True(answer.Result.FinishReason == FinishReason.Stop, token);
            Assert.Equal([id], answer.Tokens);
            Assert.Empty(answer.Text);
        }
    }

    private static Generation Generate(LanguageModel model, int[] prompt, int[]? draft = null) => model.Start(new GenerationRequest
    {
        Prompt = prompt, MaxTokens = MaxTokens, IgnoreEndOfSequence = true, Draft = draft ?? [],
    });

    /// <summary>Queues all before the first step, so that they really run together.</summary>
    private static async Task<(int[][] Prompts, Answer[] Answers)> AskTogetherAsync(LanguageModel model, int count, int[][]? drafts = null)
    {
        int[][] prompts = [.. Prompts.Forty.Take(count).Select(question => model.TokenizeChat([new ChatMessage("user", question)]))];
        model.Inside.Thread.Hold();
        Generation[] generations = [.. prompts.Select((prompt, i) => Generate(model, prompt, drafts?[i]))];
        model.Inside.Thread.Resume();
        return (prompts, await Task.WhenAll(generations.Select(Answer.ReadAsync)));
    }

    private static Dictionary<string, int> EndTokens(string path)
    {
        using LLamaWeights weights = NativeLlama.Load(path, vocabularyOnly: true);
        return Enumerable.Range(0, weights.Vocab.Count).Where(id => ((LLamaToken)id).IsEndOfGeneration(weights.Vocab))
            .ToDictionary(id => weights.Vocab.LLamaTokenToString(id, true)!, id => id);
    }

    private void Compare(string architecture, IReadOnlyList<int[]> prompts, IReadOnlyList<Answer> answers, string what)
    {
        string path = shapes.PathOf(architecture);
        using PlainLoop plain = new(path, ContextLength, sequences: 1) { IgnoreEnd = true };
        Agreement agreement = new(plain, Rounding.Of(path), jumps: PublishedShapes.Of(architecture).Experts is null ? 0 : 20);
        for (int i = 0; i < prompts.Count; i++)
            agreement.Check(prompts[i], answers[i]);
        agreement.Report($"{architecture}, {what}");
    }

    private Task<LanguageModel> LoadAsync(string architecture, Func<ModelOptions, ModelOptions>? change = null)
    {
        ModelOptions options = new()
        {
            Path = shapes.PathOf(architecture), ContextLength = ContextLength, Parallel = 4, Threads = 1, GpuLayers = 0,
            Sampling = new SamplingOptions { Temperature = 0 },
        };
        return LanguageModel.LoadAsync(change?.Invoke(options) ?? options, NullLogger.Instance, TestContext.Current.CancellationToken);
    }
}
