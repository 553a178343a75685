using CascadeLocal.Cascade.Requests;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Routing;

/// <summary>A text that comes again is not embedded again.</summary>
public sealed class EmbeddingCacheTests : IDisposable
{
    private static readonly float[] Hard = [0, 1];
    private static readonly float[] Easy = [1, 0];

    private readonly LetterEmbedder _embedder = new();
    private int _embedded;

    public EmbeddingCacheTests() => _embedder.Working = _ =>
    {
        Interlocked.Increment(ref _embedded);
        return Task.CompletedTask;
    };

    public void Dispose() => _embedder.Dispose();

    [Fact]
    public async Task The_same_text_of_the_same_key_is_embedded_once()
    {
        using EmbeddingCache cache = new(10);

        Assert.Equal(Hard, await EmbedAsync(cache, "key", "hard"));
        Assert.Equal(Hard, await EmbedAsync(cache, "key", "hard"));
        Assert.Equal(Easy, await EmbedAsync(cache, "key", "easy"));

        Assert.Equal(2, _embedded);
    }

    [Fact]
    public async Task Of_another_key_it_is_embedded_again_wherever_the_two_are_parted()
    {
        using EmbeddingCache cache = new(10);

        foreach ((string salt, string text) in new[] { ("a", "bc"), ("ab", "c"), ("", "abc"), ("abc", "") })
            await EmbedAsync(cache, salt, text);

        Assert.Equal(4, _embedded);
    }

    [Fact]
    public async Task There_are_no_more_than_it_may_hold()
    {
        using EmbeddingCache cache = new(10);
        for (int i = 0; i < 1000; i++)
            await EmbedAsync(cache, "key", $"text {i}");
        _embedded = 0;

        for (int i = 0; i < 1000; i++)
            await EmbedAsync(cache, "key", $"text {i}");

        Assert.InRange(_embedded, 990, 1000);
    }

    [Fact]
    public async Task One_of_no_size_keeps_nothing()
    {
        using EmbeddingCache cache = new(0);
        await EmbedAsync(cache, "key", "hard");
        await EmbedAsync(cache, "key", "hard");

        Assert.Equal(2, _embedded);
    }

    [Fact]
    public async Task What_fails_is_tried_again()
    {
        using EmbeddingCache cache = new(10);
        _embedder.Working = _ => throw new EmbeddingException("once");
        await Assert.ThrowsAsync<EmbeddingException>(() => EmbedAsync(cache, "key", "hard").AsTask());
        _embedder.Working = _ => Task.CompletedTask;

        Assert.Equal(Hard, await EmbedAsync(cache, "key", "hard"));
    }

    [Fact]
    public async Task A_question_that_comes_again_is_routed_alike_without_the_embedder()
    {
        await using TestServer server = await GatedPolicy.StartAsync(
            GatedPolicy.Of(HandMadeJudge.Constant(0.9)), options => options with { LoadEmbedder = () => _embedder });
        CascadeAnswer first = await CascadeAnswer.AskAsync(server, "easy");
        int before = _embedded;

        CascadeAnswer again = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal(before, _embedded);

        Assert.Equal((first.Model, first.Headers["x-cascade-cluster"], first.Guarantee), (again.Model, again.Headers["x-cascade-cluster"], again.Guarantee));
    }

    private ValueTask<float[]> EmbedAsync(EmbeddingCache cache, string salt, string text) =>
        cache.EmbedAsync(_embedder, salt, text, TestContext.Current.CancellationToken);
}
