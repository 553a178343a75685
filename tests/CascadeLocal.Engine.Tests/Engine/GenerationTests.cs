using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Sampling;
using CascadeLocal.Engine.Tests.Gguf;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>What a caller sees of one request, on the little random model.</summary>
public sealed class GenerationTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private LanguageModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await LoadAsync();

    public ValueTask DisposeAsync()
    {
        _model.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_stop_string_cut_anywhere_ends_the_answer_where_it_begins()
    {
        int[] prompt = _model.Tokenize("Once upon a time");
        string whole = (await AskAsync(prompt, 40)).Text;
        for (int start = 0; start + 4 <= whole.Length; start++)
        {
            string stop = whole.Substring(start, 4);
            if (stop.Contains('\uFFFD', StringComparison.Ordinal))
                continue;

            Answer answer = await AskAsync(prompt, 40, stop);

            Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], answer.Text);
            Assert.Equal(FinishReason.Stop, answer.Result.FinishReason);
            Assert.Equal(stop, answer.Result.StopString);
        }
    }

    [Fact]
    public async Task A_stop_string_that_only_begins_is_part_of_the_answer()
    {
        int[] prompt = _model.Tokenize("Once upon a time");
        string whole = (await AskAsync(prompt, 20)).Text;

        Answer answer = await AskAsync(prompt, 20, whole[^3..] + "never said");

        Assert.Equal(whole, answer.Text);
        Assert.Equal(FinishReason.Length, answer.Result.FinishReason);
    }

    [Fact]
    public async Task The_seed_decides_a_sampled_answer()
    {
        GenerationRequest request = new()
        {
            Prompt = _model.Tokenize("Once"),
            MaxTokens = 30,
            Sampling = new SamplingParameters { Temperature = 1, TopP = 0.9f, Seed = 7 },
            IgnoreEndOfSequence = true,
        };

        Answer first = await Answer.ReadAsync(_model.Generate(request));
        Answer again = await Answer.ReadAsync(_model.Generate(request));
        Answer other = await Answer.ReadAsync(_model.Generate(request with { Sampling = request.Sampling with { Seed = 8 } }));

        Assert.Equal(first.Tokens, again.Tokens);
        Assert.NotEqual(first.Tokens, other.Tokens);
    }

    [Fact]
    public async Task Signals_come_with_every_token()
    {
        using Generation generation = _model.Generate(new GenerationRequest { Prompt = _model.Tokenize("Once"), MaxTokens = 10, IgnoreEndOfSequence = true });
        await foreach (GenerationChunk chunk in generation.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            Assert.InRange(chunk.Signals.LogProbability, -20, 0);
            Assert.InRange(chunk.Signals.Entropy, 0, MathF.Log(TestGguf.VocabularySize) + 1e-4f);
            Assert.True(chunk.Signals.Margin >= 0);
        }
    }

    [Fact]
    public void What_does_not_fit_into_the_context_is_refused_with_the_numbers()
    {
        ContextLengthExceededException error = Assert.Throws<ContextLengthExceededException>(
            () => _model.Generate(new GenerationRequest { Prompt = new int[300], MaxTokens = 300 }));
        Assert.Equal((300, 300, 512), (error.PromptTokens, error.MaxTokens, error.ContextLength));
        Assert.Throws<ContextLengthExceededException>(() => _model.Generate(new GenerationRequest { Prompt = new int[512] }));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1_000_000)]
    public void A_token_outside_the_vocabulary_never_reaches_native_code(int token) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _model.Generate(new GenerationRequest { Prompt = new[] { 5, token } }));

    [Fact]
    public async Task The_answer_fills_the_context_and_no_more()
    {
        int[] prompt = _model.Tokenize(new string('x', 400));

        Answer answer = await Answer.ReadAsync(_model.Generate(new GenerationRequest { Prompt = prompt, IgnoreEndOfSequence = true }));

        Assert.Equal(512, prompt.Length + answer.Tokens.Count);
        Assert.Equal(FinishReason.Length, answer.Result.FinishReason);
    }

    [Fact]
    public async Task A_cancelled_reader_ends_the_generation_and_frees_its_cells()
    {
        using LanguageModel model = await LoadAsync(options => options with { PrefixCache = false });
        using CancellationTokenSource source = new();
        using Generation generation = model.Generate(new GenerationRequest { Prompt = model.Tokenize("Once"), IgnoreEndOfSequence = true });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (GenerationChunk _ in generation.ReadAllAsync(source.Token))
                await source.CancelAsync();
        });

        // The next request passes through the same thread, so the cancelled one is gone when it is done.
        await Answer.ReadAsync(model.Generate(new GenerationRequest { Prompt = model.Tokenize("Twice"), MaxTokens = 2 }));
        Assert.Equal(0, model.Status.Running);
        Assert.True(model.Inside.Scheduler.Counters.CellsUsed <= 8);
    }

    [Fact]
    public async Task More_requests_than_may_wait_are_refused()
    {
        using LanguageModel model = await LoadAsync(options => options with { MaxQueue = 3 });
        model.Inside.Thread.Hold();
        GenerationRequest request = new() { Prompt = model.Tokenize("Once"), MaxTokens = 2 };
        Generation[] accepted = [.. Enumerable.Range(0, 3).Select(_ => model.Generate(request))];

        Assert.Equal(3, Assert.Throws<QueueFullException>(() => model.Generate(request)).Waiting);

        model.Inside.Thread.Resume();
        foreach (Generation generation in accepted)
            await Answer.ReadAsync(generation);
    }

    [Fact]
    public async Task Unloading_ends_what_runs_with_an_error()
    {
        LanguageModel model = await LoadAsync();
        int[] prompt = model.Tokenize("Once");
        model.Inside.Thread.Hold();
        Generation generation = model.Generate(new GenerationRequest { Prompt = prompt, IgnoreEndOfSequence = true });

        model.Dispose();

        await Assert.ThrowsAsync<EngineException>(() => Answer.ReadAsync(generation));
        Assert.Throws<EngineException>(() => model.Generate(new GenerationRequest { Prompt = prompt }));
    }

    [Fact]
    public async Task A_steady_step_allocates_nothing()
    {
        using LanguageModel model = await LoadAsync(options => options with { Parallel = 16 });
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        List<long> allocated = new(1000);
        long before = 0;
        model.Inside.Scheduler.StepDone = step =>
        {
            long now = GC.GetAllocatedBytesForCurrentThread();
            if (step.DecodeTokens == 16)
                allocated.Add(now - before);
            if (step.Running == 0)
                done.SetResult();
            before = GC.GetAllocatedBytesForCurrentThread();
        };
        model.Inside.Thread.Hold();
        Generation[] generations = [.. Enumerable.Range(0, 16).Select(i =>
            model.Generate(new GenerationRequest { Prompt = model.Tokenize($"{i} times"), MaxTokens = 300, IgnoreEndOfSequence = true }))];

        // Nobody reads meanwhile, so that it is known when the channels grow: at 129 unread tokens, then at 257.
        model.Inside.Thread.Resume();
        await done.Task;
        await Task.WhenAll(generations.Select(Answer.ReadAsync));
        long[] between = [.. allocated.Skip(135).Take(115)];

        // In between the buffer of each answer's text may double once, from 256 to 512 bytes. Nothing is allocated for a token:
        // eight bytes each would already be 14,720.
        Assert.Equal(115, between.Length);
        Assert.InRange(between.Sum(), 0, 16 * 600);
    }

    [Theory]
    [InlineData(KvLayout.Streams, 2)]
    [InlineData(KvLayout.Unified, 2)]
    [InlineData(KvLayout.Streams, 8)]
    [InlineData(KvLayout.Unified, 8)]
    public async Task Conversations_that_are_evicted_together_never_see_each_other(KvLayout layout, int together)
    {
        using LanguageModel model = await LoadAsync(options => options with { Parallel = together, KvLayout = layout, KvCells = 512 });
        using PlainLoop plain = new(model.Info.Path, contextLength: 512);
        Agreement agreement = new(plain, Rounding.Of(model.Info.Path));
        Random random = new(together);
        for (int round = 0; round < 20; round++)
        {
            int[][] prompts = [.. Enumerable.Range(0, together * 2).Select(i => model.Tokenize($"Round {round % 3}. " + new string((char)('a' + i), 40 + random.Next(60))))];
            Generation[] generations = [.. prompts.Select(prompt => model.Generate(new GenerationRequest { Prompt = prompt, MaxTokens = 12 }))];
            bool[] cancelled = [.. generations.Select(_ => random.Next(4) == 0)];
            for (int i = 0; i < generations.Length; i++)
            {
                if (cancelled[i])
                    generations[i].Cancel();
            }

            Answer[] answers = await Task.WhenAll(generations.Select(Answer.ReadAsync));
            for (int i = 0; i < prompts.Length; i++)
            {
                agreement.Check(prompts[i], answers[i]);
                Assert.True(cancelled[i] || answers[i].Result.FinishReason != FinishReason.Cancelled);
            }
        }

        agreement.Report($"20 rounds of {2 * together} conversations, {layout}");
    }

    private Task<LanguageModel> LoadAsync(Func<ModelOptions, ModelOptions>? change = null)
    {
        string path = TestModel.Path(TestModel.Random, _folder);
        ModelOptions options = new() { Path = path, Threads = 1, Parallel = 4, ContextLength = 512 };
        return LanguageModel.LoadAsync(change?.Invoke(options) ?? options, NullLogger.Instance, TestContext.Current.CancellationToken);
    }

    private Task<Answer> AskAsync(int[] prompt, int maxTokens, params string[] stop) =>
        Answer.ReadAsync(_model.Generate(new GenerationRequest { Prompt = prompt, MaxTokens = maxTokens, Stop = stop, IgnoreEndOfSequence = true }));
}
