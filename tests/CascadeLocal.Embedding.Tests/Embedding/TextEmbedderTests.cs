using System.Collections.Concurrent;

using CascadeLocal.Routing.Embedding;

using Xunit;

namespace CascadeLocal.Embedding.Tests.Embedding;

/// <summary>The encoder's thread, and what of a long text is embedded.</summary>
public sealed class TextEmbedderTests
{
    private static readonly string Filler = string.Join(' ', Enumerable.Repeat("the river runs past the old mill and on to the sea", 60));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Concurrent_requests_each_get_the_vector_of_their_own_text()
    {
        string[] texts = [.. Enumerable.Range(0, 60).Select(i => string.Join(' ', Enumerable.Repeat($"number {i}", 1 + (i % 7))))];
        float[][] alone = new float[texts.Length][];
        for (int i = 0; i < texts.Length; i++)
            alone[i] = await Encoders.Default.EmbedAsync(texts[i], Cancellation);

        ConcurrentDictionary<int, float[]> together = new();
        await Parallel.ForAsync(0, texts.Length * 3, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
            together[i] = await Encoders.Default.EmbedAsync(texts[i % texts.Length], Cancellation));

        for (int i = 0; i < texts.Length * 3; i++)
            Assert.True(Difference(alone[i % texts.Length], together[i]) < 2e-6);
    }

    [Fact]
    public async Task Word_pieces_have_the_vector_of_their_text_and_none_but_pieces_is_taken()
    {
        // "[CLS] what is 12 + 30? [SEP]" in BERT's vocabulary.
        int[] pieces = [101, 2054, 2003, 2260, 1009, 2382, 1029, 102];

        Assert.Equal(await Encoders.Default.EmbedAsync("What is 12 + 30?", Cancellation), await Encoders.Default.EmbedAsync(pieces, Cancellation));
        Assert.All(
            [[], [-1], [Encoders.Default.VocabularySize], new int[Encoders.Default.MaximumTokens + 1]],
            (int[] wrong) => Assert.Throws<ArgumentException>(() => { _ = Encoders.Default.EmbedAsync(wrong, Cancellation); }));
    }

    [Fact]
    public async Task What_nobody_waits_for_any_more_is_not_embedded_and_harms_no_other()
    {
        using CancellationTokenSource source = new();
        Task<float[]> running = Encoders.Default.EmbedAsync(Filler, Cancellation);
        Task<float[]>[] unwanted = [.. Enumerable.Range(0, 20).Select(_ => Encoders.Default.EmbedAsync(Filler, source.Token))];
        await source.CancelAsync();
        Task<float[]> wanted = Encoders.Default.EmbedAsync("a question", Cancellation);

        Assert.Equal(384, (await running).Length);
        Assert.Equal(384, (await wanted).Length);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Encoders.Default.EmbedAsync("late", source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => unwanted[^1]);
    }

    [Fact]
    public async Task Disposing_embeds_what_is_queued_and_takes_no_more()
    {
        using TemporaryFolder folder = new();
        TinyEncoder.Write(folder.Path);
        TextEmbedder embedder = TextEmbedder.Load(new() { Folder = folder.Path });
        Task<float[]>[] queued = [.. Enumerable.Range(0, 50).Select(_ => embedder.EmbedAsync("red", Cancellation))];
        embedder.Dispose();
        embedder.Dispose();

        Assert.All(queued, task => Assert.True(task.IsCompletedSuccessfully));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => embedder.EmbedAsync("red", Cancellation));
    }

    [Fact]
    public async Task A_text_without_words_has_a_vector_always_the_same()
    {
        float[] empty = await Encoders.Default.EmbedAsync("", Cancellation);
        Assert.Equal(1, empty.Sum(value => value * value), 1e-5);
        foreach (string text in new[] { "", " \t\r\n", "\u200b\ufeff", "\ud800" })
            Assert.True(Difference(empty, await Encoders.Default.EmbedAsync(text, Cancellation)) < 2e-6);
        await Assert.ThrowsAsync<ArgumentNullException>(() => Encoders.Default.EmbedAsync((string)null!, Cancellation));
    }

    [Theory]
    [InlineData("Translate the text above into French.", "Add up the numbers 17, 25 and 91.")]
    public async Task Long_texts_that_differ_at_one_end_only_get_different_vectors(string task, string other)
    {
        Assert.True(await Difference($"{Filler} {task}", $"{Filler} {other}") > 0.01);
        Assert.True(await Difference($"{task} {Filler}", $"{other} {Filler}") > 0.01);
        string huge = string.Join('\n', Enumerable.Repeat(Filler, 20));
        Assert.True(await Difference($"{huge} {task}", $"{huge} {other}") > 0.01);
        Assert.True(await Difference($"{task} {huge}", $"{other} {huge}") > 0.01);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("각")]
    [InlineData("a ")]
    [InlineData("?")]
    [InlineData("🙂")]
    [InlineData("\u0301")]
    public async Task A_megabyte_of_one_character_is_a_text_like_any_other(string character)
    {
        string text = string.Concat(Enumerable.Repeat(character, 1_000_000));
        float[] vector = await Encoders.Default.EmbedAsync(text, Cancellation);
        Assert.Equal(1, vector.Sum(value => value * value), 1e-5);
    }

    private static async Task<double> Difference(string text, string other) =>
        Difference(await Encoders.Default.EmbedAsync(text, Cancellation), await Encoders.Default.EmbedAsync(other, Cancellation));

    private static double Difference(float[] vector, float[] other) =>
        vector.Zip(other).Max(pair => Math.Abs(pair.First - pair.Second));
}
