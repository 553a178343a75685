using CascadeLocal.Engine.Gguf;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Tests.Engine;
using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Drafts;

/// <summary>Drafting ahead on real models: the answers are those without it.</summary>
public sealed class DrafterModelTests : IDisposable
{
    private const int MaxTokens = 40;

    // So little that everything likely is drafted, whatever it takes on this machine.
    private static readonly DraftCost Cheap = new(Draft: 0.05, Verify: 0.1);

    private static readonly string Nano = Path.Combine(RepositoryPaths.DefaultTier, "nano.gguf");
    private static readonly string Base = Path.Combine(RepositoryPaths.DefaultTier, "base.gguf");

    private static readonly string[] Questions =
    [
        "What is 27 + 58?", "What is the opposite of hot?", "Spell the word planet.", "Reverse the word planet.", "Repeat the words red green blue.",
        "Put these numbers in order: 9, 2, 7, 4.", "Ann has 7 apples and buys 5 more. How many apples does she have?", "Who wrote Hamlet?",
    ];

    private readonly TempFolder _folder = new();

    public static TheoryData<string> Drafters => ["nano", DraftingOptions.LookupName];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Drafters))]
    public async Task The_largest_member_answers_with_a_drafter_what_it_answers_without_but_for_ties_within_the_rounding(string drafter)
    {
        using LanguageModel model = await LoadAsync(Base, By(drafter), parallel: 4);

        Answer[] answers = await AskTogetherAsync(model);

        EngineStatus status = model.Status;
        Assert.True(status.AheadTokensTaken > 0);
        Assert.InRange(status.AheadTokensTaken, 1, status.AheadTokensVerified);
        Assert.True(status.Steps < status.OutputTokens);
        using PlainLoop plain = new(Base, contextLength: 1024);
        Agreement agreement = new(plain, Rounding.Of(Base));
        foreach ((string question, Answer answer) in Questions.Zip(answers))
            agreement.Check(model.TokenizeChat([new ChatMessage("user", question)]), answer);
        agreement.Report($"{drafter} drafts ahead for base");
    }

    [Theory]
    [MemberData(nameof(Drafters))]
    public async Task Alone_an_answer_is_the_same_every_time(string drafter)
    {
        using LanguageModel model = await LoadAsync(Base, By(drafter), parallel: 2);
        List<(int Tokens, int Drafted)> steps = [];
        model.Inside.Scheduler.StepDone = step => steps.Add((step.DecodeTokens, step.DraftTokens));
        GenerationRequest request = new() { Prompt = model.TokenizeChat([new ChatMessage("user", Questions[5])]), MaxTokens = MaxTokens };

        List<(IReadOnlyList<int> Tokens, (int, int)[] Steps)> runs = [];
        for (int run = 0; run < 3; run++)
        {
            steps.Clear();
            Answer answer = await Answer.ReadAsync(model.Start(request));
            runs.Add((answer.Tokens, [.. steps]));
        }

        Assert.All(runs, run => Assert.Equal(runs[0].Tokens, run.Tokens));
        Assert.All(runs, run => Assert.Equal(runs[0].Steps, run.Steps));
    }

    [Fact]
    public async Task What_a_drafted_token_takes_here_is_measured_when_the_model_is_loaded()
    {
        using LanguageModel model = await LoadAsync(Base, By("nano"), parallel: 1, cost: null);

        Assert.Equal("cascade-nano", model.Info.Drafter);
        DraftCost cost = model.DraftCost!.Value;
        Assert.InRange(cost.Draft, 0.001, 10);
        Assert.InRange(cost.Verify, 0, 10);
        Assert.Equal(cost.MayPay, model.Inside.Scheduler.DraftsAhead);
    }

    [Fact]
    public async Task Where_it_can_never_pay_nothing_is_drafted_and_the_model_answers_as_ever()
    {
        using LanguageModel model = await LoadAsync(Base, By("nano"), parallel: 2, new DraftCost(Draft: 0.1, Verify: 1.5));

        Answer[] answers = await AskTogetherAsync(model);

        Assert.False(model.Inside.Scheduler.DraftsAhead);
        Assert.All(answers, answer => Assert.True(answer.Result.OutputTokens > 0));
        Assert.Equal(0, model.Status.AheadTokensVerified);
    }

    [Fact]
    public async Task A_drafter_of_another_vocabulary_is_refused()
    {
        string other = TestModel.Path(TestModel.Random, _folder);

        ModelLoadException error = await Assert.ThrowsAsync<ModelLoadException>(() => LoadAsync(Base, new(new ModelOptions { Path = other }), parallel: 1));

        Assert.Equal((other, "drafter"), (error.Path, error.Field));
        Assert.Contains("another vocabulary", error.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_drafter_that_is_not_there_is_named()
    {
        string missing = Path.Combine(_folder.Path, "missing.gguf");

        ModelLoadException error = await Assert.ThrowsAsync<ModelLoadException>(() => LoadAsync(Base, new(new ModelOptions { Path = missing }), parallel: 1));

        Assert.Equal((missing, "does not exist"), (error.Path, error.Reason));
    }

    [Fact]
    public void The_memory_of_the_drafter_is_counted_with_that_of_its_model()
    {
        ModelOptions options = new() { Path = Base, Parallel = 4, ContextLength = 512, PrefillBudget = 128, GpuLayers = 0 };
        MemoryNeed alone = ModelFiles.Open(options).Need(options, 0);
        ModelOptions drafted = options with { Drafting = By("nano") };
        MemoryNeed nano = ModelFiles.Open(options with { Path = Nano }).Need(options with { Path = Nano }, 0);

        MemoryNeed both = ModelFiles.Open(drafted).Need(drafted, 0);

        Assert.Equal(alone.And(nano), both);
    }

    [Fact]
    public async Task Drafting_allocates_nothing_for_a_token()
    {
        using LanguageModel plain = await LoadAsync(Base, null, parallel: 1);
        using LanguageModel drafted = await LoadAsync(Base, By("nano"), parallel: 1);
        GenerationRequest request = new()
        {
            Prompt = plain.TokenizeChat([new ChatMessage("user", "Count from 1 to 20.")]), MaxTokens = 200, IgnoreEndOfSequence = true,
        };
        long without = long.MaxValue;
        long with = long.MaxValue;

        // The runtime itself allocates a little on the thread now and then; what drafting allocates shows in every round.
        for (int round = 0; round < 5; round++)
        {
            without = Math.Min(without, await DecodeAllocations.OfAsync(plain, request));
            with = Math.Min(with, await DecodeAllocations.OfAsync(drafted, request));
        }

        // A hundred tokens or more were drafted.
        Assert.True(drafted.Status.AheadTokensVerified > 100);
        Assert.InRange(with - without, -100_000, 500);
    }

    private static DraftingOptions By(string drafter) =>
        drafter == DraftingOptions.LookupName ? DraftingOptions.Lookup : new(new ModelOptions { Path = Nano });

    /// <summary>Queues all before the first step, so that they really run together.</summary>
    private static async Task<Answer[]> AskTogetherAsync(LanguageModel model)
    {
        model.Inside.Thread.Hold();
        Generation[] generations = [.. Questions.Select(question => model.Start(new GenerationRequest
        {
            Prompt = model.TokenizeChat([new ChatMessage("user", question)]), MaxTokens = MaxTokens,
        }))];
        model.Inside.Thread.Resume();
        return await Task.WhenAll(generations.Select(Answer.ReadAsync));
    }

    private static Task<LanguageModel> LoadAsync(string path, DraftingOptions? drafting, int parallel) => LoadAsync(path, drafting, parallel, Cheap);

    private static Task<LanguageModel> LoadAsync(string path, DraftingOptions? drafting, int parallel, DraftCost? cost) => LanguageModel.LoadAsync(
        new ModelOptions
        {
            Path = path, Threads = 1, Parallel = parallel, ContextLength = 512, PrefixCache = false, Sampling = TestModel.Greedy, Drafting = drafting,
            DraftCost = cost,
        },
        NullLogger.Instance, TestContext.Current.CancellationToken);
}
