using CascadeLocal.Engine.Scheduling;
using CascadeLocal.Engine.Tests.Gguf;

using Xunit;

namespace CascadeLocal.Engine.Tests.Engine;

/// <summary>What a request may ask of its answer beside a text, on the little random model.</summary>
public sealed class OutputOptionTests : IAsyncLifetime
{
    private const int Tokens = 30;

    private readonly TempFolder _folder = new();
    private LanguageModel _model = null!;

    public async ValueTask InitializeAsync() => _model = await TestModel.LoadRandomAsync(_folder);

    public ValueTask DisposeAsync()
    {
        _model.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Candidates_are_the_best_tokens_with_the_log_probabilities_of_the_raw_logits()
    {
        // A bias changes what is taken, and nothing of what is told.
        GenerationRequest request = Ask() with { TopCandidates = 20, LogitBias = new Dictionary<int, float> { [40] = 100 } };

        await using Generation generation = _model.Start(request);
        await foreach (AnswerEvent next in generation.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            if (!next.IsToken)
                continue;
            TokenSignals signals = next.Signals!.Value;
            float[] best = [.. next.Candidates!.Skip(1).Select(candidate => candidate.LogProbability)];
            Assert.Equal(signals.LogProbability, next.Candidates![0].LogProbability);
            Assert.Equal(best.OrderDescending(), best);
            Assert.Equal(20, best.Length);
            Assert.Equal(signals.Margin, best[0] - best[1], 1e-4f);
            Assert.True(best[^1] >= signals.LogProbability || best.Contains(signals.LogProbability));
            Assert.InRange(best.Sum(MathF.Exp), 0.05f, 1.0001f);
        }
    }

    [Fact]
    public async Task All_candidates_of_a_vocabulary_have_all_of_the_probability()
    {
        await using Generation generation = _model.Start(Ask() with { TopCandidates = TestGguf.VocabularySize, MaxTokens = 1 });
        List<AnswerEvent> events = [];
        await foreach (AnswerEvent next in generation.ReadAllAsync(TestContext.Current.CancellationToken))
            events.Add(next);

        Assert.Equal(1, events[0].Candidates!.Skip(1).Sum(candidate => Math.Exp(candidate.LogProbability)), 1e-4);
    }

    [Fact]
    public async Task A_token_that_is_no_whole_character_is_told_by_its_bytes()
    {
        await using Generation generation = _model.Start(Ask() with { TopCandidates = TestGguf.VocabularySize, MaxTokens = 1 });
        await generation.WaitAsync(TestContext.Current.CancellationToken);
        Assert.True(generation.TryRead(out AnswerEvent first));

        Assert.Contains(first.Candidates!, candidate => candidate is { Bytes: [>= 0x80], Text: "\uFFFD" });
        Assert.DoesNotContain(first.Candidates!, candidate => candidate.Bytes is [< 0x80]);
    }

    [Fact]
    public async Task A_stop_token_ends_the_answer_and_is_not_part_of_its_text()
    {
        Answer whole = await AskAsync(Ask());
        int stop = whole.Tokens.First(token => token != whole.Tokens[0]);
        int first = whole.Tokens.ToList().IndexOf(stop);

        Answer answer = await AskAsync(Ask() with { StopTokens = [stop] });

        Assert.Equal(whole.Tokens.Take(first + 1), answer.Tokens);
        Assert.Equal(FinishReason.Stop, answer.Result.FinishReason);
        Assert.Equal((await AskAsync(Ask() with { MaxTokens = first })).Text, answer.Text);
    }

    [Fact]
    public async Task An_answer_has_the_tokens_that_it_must_have_and_then_may_end()
    {
        int stop = (await AskAsync(Ask())).Tokens[0];

        Answer answer = await AskAsync(Ask() with { StopTokens = [stop], MinTokens = 5 });
        Answer bare = await AskAsync(Ask() with { StopTokens = [stop] });

        Assert.Single(bare.Tokens);
        Assert.DoesNotContain(stop, answer.Tokens.Take(5));
        Assert.True(answer.Tokens.Count > 5);
    }

    [Fact]
    public void A_stop_token_outside_the_vocabulary_is_refused() =>
        Assert.Equal(InvalidTokensException.StopTokens, Assert.Throws<InvalidTokensException>(() => _model.Start(Ask() with { StopTokens = [1_000_000] })).Field);

    [Fact]
    public async Task A_prediction_changes_no_word_of_the_answer_and_is_verified_where_it_is_right()
    {
        Answer plain = await AskAsync(Ask());

        Answer right = await AskAsync(Ask() with { Prediction = plain.Text });
        Answer wrong = await AskAsync(Ask() with { Prediction = "Nothing like it." });

        Assert.Equal(plain.Tokens, right.Tokens);
        Assert.Equal(plain.Tokens, wrong.Tokens);
        Assert.NotNull(wrong.Result.Draft);
        // Text may be cut into other tokens than the model wrote; as far as they are the same they are verified.
        int same = _model.Tokenize(plain.Text).Zip(plain.Tokens).TakeWhile(pair => pair.First == pair.Second).Count();
        if (same > 1)
            Assert.True(right.Result.Draft!.Reused > 0);
    }

    private GenerationRequest Ask() => new() { Prompt = _model.Tokenize("Once upon a time"), MaxTokens = Tokens, IgnoreEndOfSequence = true };

    private async Task<Answer> AskAsync(GenerationRequest request) => await Answer.ReadAsync(_model.Start(request));
}
