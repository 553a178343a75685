using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Tests.Engine;
using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Drafts;

/// <summary>On real models: whatever the draft, the answer is the one without it.</summary>
public sealed class DraftEqualityTests : IDisposable
{
    private const int MaxTokens = 40;

    private readonly TempFolder _folder = new();

    public static TheoryData<string> Models => TestModel.All;

    public static TheoryData<KvLayout> Layouts => [KvLayout.Streams, KvLayout.Unified];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task Alone_and_in_F32_an_answer_is_exactly_the_same(KvLayout layout)
    {
        using LanguageModel model = await LoadAsync(TestModel.Path(TestModel.Random, _folder), 1, layout);
        GenerationRequest request = new()
        {
            Prompt = model.Tokenize("Once upon a time"),
            MaxTokens = MaxTokens,
            IgnoreEndOfSequence = true,
        };
        Answer plain = await Answer.ReadAsync(model.Start(request));
        int[] right = [.. plain.Tokens];
        int[] garbage = [.. Enumerable.Range(0, MaxTokens).Select(i => (i * 37) % TestGguf.VocabularySize)];
        List<int[]> drafts = [[], right, right[..9], right[..10], [.. right, .. right], garbage];
        for (int wrong = 0; wrong < MaxTokens; wrong++)
        {
            int[] draft = [.. right];
            draft[wrong] = draft[wrong] == 50 ? 51 : 50;
            drafts.Add(draft);
        }

        foreach (int[] draft in drafts)
        {
            Answer drafted = await Answer.ReadAsync(model.Start(request with { Draft = draft }));

            Assert.Equal(plain.Tokens, drafted.Tokens);
            Assert.Equal(plain.Text, drafted.Text);
            Assert.Equal(draft.Length, drafted.Result.Draft?.Given ?? 0);
            Assert.Equal(MaxTokens, drafted.Result.OutputTokens);
        }
    }

    [Fact]
    public async Task Verified_tokens_have_the_signals_of_decoded_ones()
    {
        using LanguageModel model = await LoadAsync(TestModel.Path(TestModel.Random, _folder), 1, KvLayout.Streams);
        GenerationRequest request = new() { Prompt = model.Tokenize("Once"), MaxTokens = MaxTokens, IgnoreEndOfSequence = true };
        List<(AnswerEvent Event, string Text)> plain = await ReadAsync(model.Start(request));

        List<(AnswerEvent Event, string Text)> drafted = await ReadAsync(
            model.Start(request with { Draft = plain.Select(token => token.Event.Token).ToArray() }));

        Assert.Equal(plain.Count, drafted.Count);
        // From a tie on, the texts may differ: llama.cpp rounds by batch shape.
        float rounding = Rounding.Of(model.Info.Path);
        ((AnswerEvent Event, string Text), (AnswerEvent Event, string Text))[] decided =
            [.. plain.Zip(drafted).TakeWhile(pair => pair.First.Event.Signals!.Value.Margin > rounding)];
        Assert.NotEmpty(decided);
        // The measured one is of a margin, two logits apart, as a log-probability and an entropy are; 1e-5 is float32 itself.
        float tolerance = rounding + 1e-5f;
        foreach (((AnswerEvent Event, string Text) decoded, (AnswerEvent Event, string Text) verified) in decided)
        {
            Assert.Equal((decoded.Text, decoded.Event.Token), (verified.Text, verified.Event.Token));
            TokenSignals expected = decoded.Event.Signals!.Value;
            TokenSignals signals = verified.Event.Signals!.Value;
            Assert.Equal(expected.LogProbability, signals.LogProbability, tolerance);
            Assert.Equal(expected.Entropy, signals.Entropy, tolerance);
            Assert.Equal(expected.Margin, signals.Margin, tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task Beside_other_requests_drafts_change_nothing_but_ties_within_the_rounding(string name)
    {
        string path = TestModel.Path(name, _folder);
        foreach (KvLayout layout in new[] { KvLayout.Streams, KvLayout.Unified })
        {
            using LanguageModel model = await LoadAsync(path, 8, layout);
            int[][] prompts = [.. Prompts.Forty.Take(8).Select(question => model.TokenizeChat([new ChatMessage("user", question)]))];
            Answer[] plain = await AskTogetherAsync(model, prompts, prompts.Select(_ => Array.Empty<int>()));

            // One in four goes without a draft, one has the right one, the others are wrong somewhere.
            Random random = new(1);
            int[][] drafts = [.. plain.Select((answer, i) => (i % 4) switch
            {
                0 => [],
                1 => [.. answer.Tokens],
                _ => ChangeOne(answer.Tokens, random),
            })];
            Answer[] drafted = await AskTogetherAsync(model, prompts, drafts);

            Assert.True(drafted.Sum(answer => answer.Result.Draft?.Reused ?? 0) > 10);
            Report(path, prompts, drafted, $"{name}, drafts beside others, {layout}; {Different(plain, drafted)} of 8 answers differ");
        }
    }

    [Fact]
    public async Task The_small_member_of_the_tier_goes_on_from_the_drafts_of_nano()
    {
        string[] questions =
        [
            "What is 27 + 58?", "What is the opposite of hot?", "What is the plural of mouse?", "Spell the word planet.",
            "Reverse the word planet.", "What is 403 - 117?", "Ann has 7 apples and buys 5 more. How many apples does she have?",
        ];
        using LanguageModel nano = await LoadAsync(Path.Combine(RepositoryPaths.DefaultTier, "nano.gguf"), 1, KvLayout.Auto);
        using LanguageModel small = await LoadAsync(Path.Combine(RepositoryPaths.DefaultTier, "small.gguf"), 4, KvLayout.Auto);
        Assert.True(small.Capabilities.SharesVocabularyWith(nano.Capabilities));
        int[][] prompts = [.. questions.Select(question => small.TokenizeChat([new ChatMessage("user", question)]))];
        List<int[]> drafts = [];
        foreach (int[] prompt in prompts)
            drafts.Add([.. (await Answer.ReadAsync(nano.Start(new GenerationRequest { Prompt = prompt, MaxTokens = MaxTokens }))).Tokens]);

        Answer[] answers = await AskTogetherAsync(small, prompts, drafts);

        Assert.True(answers.Sum(answer => answer.Result.Draft!.Reused) > 0);
        Report(small.Info.Path, prompts, answers, "nano drafts for small");
    }

    [Fact]
    public async Task Verifying_allocates_no_more_than_decoding_does()
    {
        using LanguageModel model = await LoadAsync(TestModel.Path(TestModel.Random, _folder), 1, KvLayout.Streams);
        GenerationRequest request = new() { Prompt = model.Tokenize("Once"), MaxTokens = 400, IgnoreEndOfSequence = true };
        int[] draft = [.. (await Answer.ReadAsync(model.Start(request))).Tokens];
        long plain = long.MaxValue;
        long drafted = long.MaxValue;

        // The runtime itself allocates a little on the thread now and then; what verifying allocates shows in every round.
        for (int round = 0; round < 5; round++)
        {
            plain = Math.Min(plain, await DecodeAllocations.OfAsync(model, request));
            drafted = Math.Min(drafted, await DecodeAllocations.OfAsync(model, request with { Draft = draft }));
        }

        // The result has one object more. Eight bytes for each verified token would be 3,200.
        Assert.InRange(drafted - plain, -100_000, 500);
    }

    private static int[] ChangeOne(IReadOnlyList<int> answer, Random random)
    {
        int[] draft = [.. answer];
        draft[random.Next(draft.Length)] = 20;
        return draft;
    }

    private static int Different(Answer[] plain, Answer[] drafted) =>
        plain.Zip(drafted).Count(pair => !pair.First.Tokens.SequenceEqual(pair.Second.Tokens));

    private static void Report(string path, int[][] prompts, Answer[] answers, string what)
    {
        using PlainLoop plain = new(path, contextLength: 1024);
        Agreement agreement = new(plain, Rounding.Of(path));
        for (int i = 0; i < prompts.Length; i++)
            agreement.Check(prompts[i], answers[i]);
        agreement.Report(what);
    }

    /// <summary>Queues all before the first step, so that they really run together.</summary>
    private static async Task<Answer[]> AskTogetherAsync(LanguageModel model, int[][] prompts, IEnumerable<int[]> drafts)
    {
        model.Inside.Thread.Hold();
        Generation[] generations = [.. prompts.Zip(drafts, (prompt, draft) =>
            model.Start(new GenerationRequest { Prompt = prompt, MaxTokens = MaxTokens, Draft = draft }))];
        model.Inside.Thread.Resume();
        return await Task.WhenAll(generations.Select(Answer.ReadAsync));
    }

    private static async Task<List<(AnswerEvent Event, string Text)>> ReadAsync(Generation generation)
    {
        List<(AnswerEvent Event, string Text)> tokens = [];
        await foreach (AnswerEvent next in generation.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            if (next.IsToken)
                tokens.Add((next, generation.TextOf(next)));
        }

        return tokens;
    }

    private static Task<LanguageModel> LoadAsync(string path, int parallel, KvLayout layout) => LanguageModel.LoadAsync(
        new ModelOptions
        {
            Path = path, Threads = 1, Parallel = parallel, KvLayout = layout, ContextLength = 512, PrefixCache = false, Sampling = TestModel.Greedy,
        },
        NullLogger.Instance, TestContext.Current.CancellationToken);
}
