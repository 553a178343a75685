using CascadeLocal.Engine.KvCache;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Tests.Gguf;
using CascadeLocal.Engine.Tests.Scheduling;

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
            Sampling = new() { Temperature = 1, TopK = 0, TopP = 0.9f, MinP = 0 },
            Seed = 7,
            IgnoreEndOfSequence = true,
        };

        Answer first = await Answer.ReadAsync(_model.Start(request));
        Answer again = await Answer.ReadAsync(_model.Start(request));
        Answer other = await Answer.ReadAsync(_model.Start(request with { Seed = 8 }));

        Assert.Equal(first.Tokens, again.Tokens);
        Assert.NotEqual(first.Tokens, other.Tokens);
    }

    [Fact]
    public async Task Signals_come_with_every_token()
    {
        await using Generation generation = _model.Start(new GenerationRequest { Prompt = _model.Tokenize("Once"), MaxTokens = 10, IgnoreEndOfSequence = true });
        int tokens = 0;
        await foreach (AnswerEvent next in generation.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            if (!next.IsToken)
                continue;
            tokens++;
            TokenSignals signals = next.Signals!.Value;
            Assert.InRange(signals.LogProbability, -20, 0);
            Assert.InRange(signals.Entropy, 0, MathF.Log(TestGguf.VocabularySize) + 1e-4f);
            Assert.True(signals.Margin >= 0);
        }

        Assert.Equal(10, tokens);
    }

    [Fact]
    public void A_prompt_that_leaves_no_room_is_refused_with_the_numbers()
    {
        ContextLengthExceededException error = Assert.Throws<ContextLengthExceededException>(
            () => _model.Start(new GenerationRequest { Prompt = new int[512], MaxTokens = 1 }));
        Assert.Equal((512, 512), (error.PromptTokens, error.ContextLength));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(3)]
    [InlineData(300)]
    [InlineData(int.MaxValue)]
    public async Task A_limit_is_a_ceiling_and_no_need(int? maxTokens)
    {
        Answer answer = await Answer.ReadAsync(_model.Start(new GenerationRequest
        {
            Prompt = Enumerable.Repeat(5, 510).ToArray(), MaxTokens = maxTokens, IgnoreEndOfSequence = true,
        }));

        Assert.Equal((2, FinishReason.Length), (answer.Tokens.Count, answer.Result.FinishReason));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_bias_that_bans_every_token_is_refused_and_one_that_leaves_a_token_is_served(bool ignoreEnd)
    {
        Dictionary<int, float> bias = Enumerable.Range(0, _model.Info.VocabularySize).ToDictionary(token => token, _ => -100f);
        GenerationRequest request = new() { Prompt = new[] { 5 }, MaxTokens = 1, LogitBias = bias, IgnoreEndOfSequence = ignoreEnd };

        Assert.Contains("logit_bias", Assert.Throws<InvalidTokensException>(() => _model.Start(request)).Message, StringComparison.Ordinal);
        bias[6] = -99;
        Assert.Equal([6], (await Answer.ReadAsync(_model.Start(request))).Tokens);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1_000_000)]
    public void A_token_outside_the_vocabulary_never_reaches_native_code(int token) =>
        Assert.Equal(InvalidTokensException.Prompt, Assert.Throws<InvalidTokensException>(() => _model.Start(new GenerationRequest { Prompt = new[] { 5, token } })).Field);

    [Fact]
    public async Task The_answer_fills_the_context_and_no_more()
    {
        int[] prompt = _model.Tokenize(new string('x', 400));

        Answer answer = await Answer.ReadAsync(_model.Start(new GenerationRequest { Prompt = prompt, IgnoreEndOfSequence = true }));

        Assert.Equal(512, prompt.Length + answer.Tokens.Count);
        Assert.Equal(FinishReason.Length, answer.Result.FinishReason);
    }

    [Fact]
    public async Task A_cancelled_reader_ends_the_generation_and_frees_its_cells()
    {
        using LanguageModel model = await LoadAsync(options => options with { PrefixCache = false });
        using CancellationTokenSource source = new();
        await using Generation generation = model.Start(new GenerationRequest { Prompt = model.Tokenize("Once"), IgnoreEndOfSequence = true });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (AnswerEvent _ in generation.ReadAllAsync(source.Token))
                await source.CancelAsync();
        });

        // The next request passes through the same thread, so the cancelled one is gone when it is done.
        await Answer.ReadAsync(model.Start(new GenerationRequest { Prompt = model.Tokenize("Twice"), MaxTokens = 2 }));
        Assert.Equal(0, model.Status.Running);
        Assert.True(model.Inside.Scheduler.Counters.CellsUsed <= 8);
    }

    [Fact]
    public async Task More_requests_than_may_wait_are_refused()
    {
        using LanguageModel model = await LoadAsync(options => options with { MaxQueue = 3 });
        model.Inside.Thread.Hold();
        GenerationRequest request = new() { Prompt = model.Tokenize("Once"), MaxTokens = 2 };
        Generation[] accepted = [.. Enumerable.Range(0, model.Capabilities.Parallel + 3).Select(_ => model.Start(request))];

        Assert.StartsWith("3 requests", Assert.Throws<QueueFullException>(() => model.Start(request)).Message, StringComparison.Ordinal);

        // One that is given up makes room at once, though it is in the tables until the next step.
        accepted[1].Stop();
        accepted[1].Stop();
        accepted[1] = model.Start(request);
        Assert.Throws<QueueFullException>(() => model.Start(request));

        model.Inside.Thread.Resume();
        foreach (Generation generation in accepted)
            await Answer.ReadAsync(generation);
    }

    [Fact]
    public async Task Where_none_may_wait_a_free_sequence_is_taken_and_nothing_in_the_background_is_in_the_way()
    {
        using LanguageModel model = await LoadAsync(options => options with { Parallel = 1, MaxQueue = 0 });
        GenerationRequest request = new() { Prompt = model.Tokenize("Once"), MaxTokens = 2, IgnoreEndOfSequence = true };
        for (int i = 0; i < 3; i++)
            Assert.Equal(FinishReason.Length, (await Answer.ReadAsync(model.Start(request))).Result.FinishReason);

        model.Inside.Thread.Hold();
        Generation background = model.Start(request with { Priority = RequestPriority.Background }), live = model.Start(request);
        Assert.Throws<QueueFullException>(() => model.Start(request));
        model.Inside.Thread.Resume();

        Assert.Equal(FinishReason.Length, (await Answer.ReadAsync(live)).Result.FinishReason);
        await background.DisposeAsync();
    }

    [Fact]
    public async Task Background_work_is_refused_where_no_sequence_is_free()
    {
        GenerationRequest request = new() { Prompt = _model.Tokenize("Once"), MaxTokens = 2, IgnoreEndOfSequence = true };
        GenerationRequest background = request with { Priority = RequestPriority.Background };
        _model.Inside.Thread.Hold();
        List<Generation> accepted = [_model.Start(background)];
        for (int i = 0; i < 3; i++)
            accepted.Add(_model.Start(request));

        Assert.Throws<QueueFullException>(() => _model.Start(background));

        // Whoever is waited for may wait.
        accepted.Add(_model.Start(request));
        _model.Inside.Thread.Resume();
        Answer[] answers = await Task.WhenAll(accepted.Select(Answer.ReadAsync));
        Assert.All(answers, answer => Assert.Equal(FinishReason.Length, answer.Result.FinishReason));
        await BecomesIdleAsync(_model);
        Assert.Equal(FinishReason.Length, (await Answer.ReadAsync(_model.Start(background))).Result.FinishReason);
    }

    [Fact]
    public async Task Background_work_does_not_wait_behind_what_runs()
    {
        using LanguageModel model = await LoadAsync(options => options with { Parallel = 1 });
        GenerationRequest request = new() { Prompt = model.Tokenize("Once"), MaxTokens = 3, IgnoreEndOfSequence = true };
        using HoldingObserver observer = new(at: 2);
        Generation running = model.Start(request, observer);

        // It is held at its second token: the first step is over, and the thread has counted what runs.
        observer.Reached.Wait(TestContext.Current.CancellationToken);
        Assert.Equal(new MemberLoad(Waiting: 0, Running: 1), model.Load);
        Assert.Throws<QueueFullException>(() => model.Start(request with { Priority = RequestPriority.Background }));

        observer.GoOn.Set();
        Assert.Equal(FinishReason.Length, (await Answer.ReadAsync(running)).Result.FinishReason);
    }

    [Fact]
    public async Task An_observer_sees_each_token_before_the_reader_and_the_same_text()
    {
        GenerationRequest request = new() { Prompt = _model.Tokenize("Once upon a time"), MaxTokens = 40, IgnoreEndOfSequence = true };
        RecordingObserver observer = new();
        await using IAnswer answer = await _model.StartAsync(request, observer, TestContext.Current.CancellationToken);
        int read = 0;
        await foreach (AnswerEvent next in answer.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            if (!next.IsToken)
                continue;
            (AnswerEvent seen, string text) = observer.Seen[read++];
            Assert.Equal(next, seen);
            Assert.Equal(text, answer.Text);
        }

        Assert.Equal(40, read);
        Assert.Equal(40, observer.Seen.Count);
    }

    [Fact]
    public async Task An_observer_that_has_seen_enough_ends_its_answer_and_no_other()
    {
        using LanguageModel model = await LoadAsync();
        GenerationRequest[] requests = [.. Enumerable.Range(0, 4).Select(i =>
            new GenerationRequest { Prompt = model.Tokenize($"{i} times"), MaxTokens = 30, IgnoreEndOfSequence = true })];
        List<Answer> alone = [];
        foreach (GenerationRequest request in requests)
            alone.Add(await Answer.ReadAsync(model.Start(request)));
        long before = model.Status.OutputTokens;
        RecordingObserver observer = new(enough: 7);

        model.Inside.Thread.Hold();
        Generation[] generations = [.. requests.Select((request, i) => model.Start(request, i == 2 ? observer : null))];
        model.Inside.Thread.Resume();
        Answer[] answers = await Task.WhenAll(generations.Select(Answer.ReadAsync));

        Assert.Equal(FinishReason.Cancelled, answers[2].Result.FinishReason);
        Assert.Equal(7, answers[2].Tokens.Count);
        Assert.Equal(7, observer.Seen.Count);
        foreach (int other in new[] { 0, 1, 3 })
            Assert.Equal((30, FinishReason.Length), (answers[other].Tokens.Count, answers[other].Result.FinishReason));
        Assert.Equal(before + 7 + (3 * 30), model.Status.OutputTokens);
        using PlainLoop plain = new(model.Info.Path, contextLength: 512) { IgnoreEnd = true };
        Agreement agreement = new(plain, Rounding.Of(model.Info.Path));
        for (int i = 0; i < requests.Length; i++)
            agreement.Check(requests[i].Prompt.ToArray(), answers[i]);
        agreement.Report($"beside an answer that its observer ended; {answers.Zip(alone).Count(pair => !pair.Second.Tokens.Take(pair.First.Tokens.Count).SequenceEqual(pair.First.Tokens))} of 4 differ from alone");
    }

    [Fact]
    public async Task What_is_not_served_is_refused()
    {
        GenerationRequest request = new() { Prompt = _model.Tokenize("Once"), MaxTokens = 2 };
        GenerationRequest[] unserved =
        [
            request with { Choices = 2 },
            request with { Constraint = new OutputConstraint(OutputConstraintKind.JsonSchema, "no schema") },
        ];
        foreach (GenerationRequest refused in unserved)
        {
            Assert.Throws<RequestRefusedException>(() => _model.Start(refused));
            await Assert.ThrowsAsync<RequestRefusedException>(
                async () => await _model.StartAsync(refused, null, TestContext.Current.CancellationToken));
        }

        Assert.Equal(2, (await Answer.ReadAsync(_model.Start(request with { IgnoreEndOfSequence = true }))).Tokens.Count);
    }

    [Fact]
    public async Task Unloading_ends_what_runs_with_an_error()
    {
        LanguageModel model = await LoadAsync();
        int[] prompt = model.Tokenize("Once");
        model.Inside.Thread.Hold();
        Generation generation = model.Start(new GenerationRequest { Prompt = prompt, IgnoreEndOfSequence = true });

        model.Dispose();

        await Assert.ThrowsAsync<EngineException>(() => Answer.ReadAsync(generation));
        Assert.Throws<EngineException>(() => model.Start(new GenerationRequest { Prompt = prompt }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_steady_step_allocates_nothing(bool watched)
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
            model.Start(new GenerationRequest { Prompt = model.Tokenize($"{i} times"), MaxTokens = 300, IgnoreEndOfSequence = true }, watched ? new LengthObserver() : null))];

        // Nobody reads meanwhile, so that it is known when the channels grow: at 129 unread tokens, then at 257.
        model.Inside.Thread.Resume();
        await done.Task;
        await Task.WhenAll(generations.Select(Answer.ReadAsync));
        long[] between = [.. allocated.Skip(135).Take(115)];

        // In between the two buffers of each answer's text may double once, from 256 to 512 bytes and characters. Nothing is
        // allocated for a token: then every one of these steps would allocate.
        Assert.Equal(115, between.Length);
        Assert.InRange(between.Count(bytes => bytes > 0), 0, 2 * 16);
        Assert.InRange(between.Sum(), 0, 16 * 1700);
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
            Generation[] generations = [.. prompts.Select(prompt => model.Start(new GenerationRequest { Prompt = prompt, MaxTokens = 12 }))];
            bool[] cancelled = [.. generations.Select(_ => random.Next(4) == 0)];
            for (int i = 0; i < generations.Length; i++)
            {
                if (cancelled[i])
                    generations[i].Stop();
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

    private Task<LanguageModel> LoadAsync(Func<ModelOptions, ModelOptions>? change = null) => TestModel.LoadRandomAsync(_folder, change);

    private Task<Answer> AskAsync(int[] prompt, int maxTokens, params string[] stop) =>
        Answer.ReadAsync(_model.Start(new GenerationRequest { Prompt = prompt, MaxTokens = maxTokens, Stop = stop, IgnoreEndOfSequence = true }));

    /// <summary>A sequence counts as running until its thread has looked again, a moment after its answer's end.</summary>
    private static async Task BecomesIdleAsync(LanguageModel model)
    {
        while (model.Load != default)
            await Task.Delay(1, TestContext.Current.CancellationToken);
    }

    /// <summary>Holds the decode thread at one token.</summary>
    private sealed class HoldingObserver(int at) : IAnswerObserver, IDisposable
    {
        private int _seen;

        public ManualResetEventSlim Reached { get; } = new();

        public ManualResetEventSlim GoOn { get; } = new();

        public bool OnToken(in AnswerEvent token, ReadOnlySpan<char> text)
        {
            if (++_seen == at)
            {
                Reached.Set();
                GoOn.Wait(TestContext.Current.CancellationToken);
            }

            return true;
        }

        public void Dispose()
        {
            GoOn.Set();
            GoOn.Dispose();
            Reached.Dispose();
        }
    }

    /// <summary>Looks at every text and keeps nothing but a number.</summary>
    private sealed class LengthObserver : IAnswerObserver
    {
        public int Length { get; private set; }

        public bool OnToken(in AnswerEvent token, ReadOnlySpan<char> text)
        {
            Length = text.Length;
            return true;
        }
    }
}
