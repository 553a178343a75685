using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Tasks;
using CascadeLocal.Trainer.Tokenizer;
using CascadeLocal.Trainer.Training;

using Xunit;

namespace CascadeLocal.Trainer.Tests;

public sealed class BatchTests
{
    private const int TokensPerBatch = 1024;

    private readonly ConversationEncoder _encoder = new(QuickRun.Tokenizer);

    [Fact]
    public void Only_the_answers_and_their_ends_are_targets()
    {
        TokenRow row = _encoder.Encode([
            new("system", "s"), new("user", "q"), new("assistant", "yes"), new("user", "q"), new("assistant", "no")]);
        Assert.Equal("yes<|im_end|>no<|im_end|>", Text(new([row])));
    }

    [Fact]
    public void When_only_the_last_answer_counts_earlier_ones_are_context()
    {
        TokenRow row = _encoder.Encode(
            [new("user", "q"), new("assistant", "yes"), new("user", "q"), new("assistant", "no")], onlyLastAnswer: true);
        Assert.Equal("no<|im_end|>", Text(new([row])));
    }

    [Fact]
    public void A_row_can_end_behind_the_first_tokens_of_its_last_answer()
    {
        TokenRow row = _encoder.Encode([new("user", "q"), new("assistant", "yes"), new("user", "q"), new("assistant", "\n\n\n")]);
        Assert.Equal("yes<|im_end|>\n\n", Text(new([row.CutLastAnswer(2)])));
        Assert.Equal(row.Tokens.Count - 2, row.CutLastAnswer(2).Tokens.Count);
        Assert.Same(row, row.CutLastAnswer(4));
    }

    [Fact]
    public void A_joined_row_is_the_row_of_the_joined_conversation()
    {
        ChatTurn[] first = [new("user", "a"), new("assistant", "b")], second = [new("user", "c"), new("assistant", "d")];
        TokenRow joined = ConversationEncoder.Join(_encoder.Encode(first), _encoder.Encode(second));
        TokenRow whole = _encoder.Encode([.. first, .. second]);
        Assert.Equal(whole.Tokens, joined.Tokens);
        Assert.Equal(whole.IsAnswer, joined.IsAnswer);
    }

    [Fact]
    public void Batches_keep_to_their_budget_and_some_reach_far_into_the_context()
    {
        Batch[] batches = Take(Stream(seed: 3, default), 200);
        Assert.All(batches, b => Assert.True(b.Rows == 1 || b.Rows * b.Width <= TokensPerBatch));
        Assert.All(batches, b => Assert.InRange(b.Width, 1, ModelShape.ContextLength));
        Assert.Contains(batches, b => b.Width > 900);
        Assert.True(batches.Sum(b => b.TokenCount) > 0.9 * batches.Sum(b => (long)b.Rows * b.Width));
    }

    [Fact]
    public void Four_of_ten_long_rows_are_drills()
    {
        Batch[] longRows = [.. Take(Stream(seed: 7, default), 2_000).Where(b => b.Width >= 480)];
        double drills = longRows.Average(b => QuickRun.Tokenizer.Decode([.. b.Tokens.Select(t => (int)t)]).Contains("pell", StringComparison.Ordinal) ? 0.0 : 1.0);
        Assert.InRange(drills, 0.3, 0.5);
    }

    [Fact]
    public void A_stream_continues_from_a_position_as_if_it_had_never_stopped()
    {
        BatchStream stream = Stream(seed: 5, default);
        Take(stream, 50);
        BatchStream continued = Stream(seed: 5, stream.Position);
        Assert.Equal(Take(stream, 40).Select(b => b.Tokens), Take(continued, 40).Select(b => b.Tokens));
    }

    private BatchStream Stream(ulong seed, BatchPosition position) =>
        new(TinyTasks.Factory, _encoder, seed, TokensPerBatch, position);

    private static Batch[] Take(BatchStream stream, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => stream.Next())];

    private static string Text(Batch batch) =>
        string.Concat(batch.Targets.Select(t => t == SpecialTokens.TurnEnd
            ? SpecialTokens.Control[SpecialTokens.TurnEnd]
            : QuickRun.Tokenizer.Decode([(int)t])));
}
