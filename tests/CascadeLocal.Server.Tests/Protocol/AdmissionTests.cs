using System.Net;
using System.Text;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>One door in front of everything: what comes faster than the embedder can take it does not pile up before it.</summary>
public sealed class AdmissionTests
{
    // Two members of four sequences, and as many again on the way as may wait: two.
    private const int Inside = 10;

    private const int Waiting = 2;

    private sealed class SlowEmbedding : IAsyncDisposable
    {
        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly LetterEmbedder _embedder = new();

        public TestServer Server { get; private set; } = null!;

        public static async Task<SlowEmbedding> StartAsync()
        {
            SlowEmbedding slow = new();
            slow.Server = await GatedPolicy.StartAsync(
                GatedPolicy.Of(HandMadeJudge.Constant(0.9)),
                options => options with { MaxQueue = Waiting, LoadEmbedder = () => slow._embedder });
            slow._embedder.Working = stop => slow._go.Task.WaitAsync(stop);
            return slow;
        }

        public void Go() => _go.TrySetResult();

        /// <summary>Requests until the door is full: nobody has an answer yet.</summary>
        public async Task<Task<HttpResponseMessage>[]> FillAsync()
        {
            Task<HttpResponseMessage>[] sent = [.. Enumerable.Range(0, Inside + Waiting).Select(_ => Server.PostAsync(TestServer.Hello))];
            await Wait.UntilAsync(() => Server.Server.Door is { Inside: Inside, Waiting: Waiting });
            return sent;
        }

        public Task<HttpResponseMessage> PostAsync(string path, string json) =>
            Server.Client.PostAsync(new Uri(path, UriKind.Relative), new StringContent(json, Encoding.UTF8, "application/json"));

        public ValueTask DisposeAsync()
        {
            Go();
            return Server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_member_that_says_nothing_keeps_nobody_from_another()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Nano.Answer = _ => ScriptedAnswer.Endless("4");
        Task<HttpResponseMessage>[] silent =
        [
            .. Enumerable.Range(0, 40).Select(_ => server.PostAsync("""{"model":"nano","messages":[{"role":"user","content":"hello"}]}""")),
        ];
        await Wait.UntilAsync(() => server.Server.Door is { Inside: 8, Waiting: 32 });

        foreach (string model in (string[])["small", "cascade"])
        {
            using HttpResponseMessage answer = await server.PostAsync($$"""{"model":"{{model}}","messages":[{"role":"user","content":"hello"}]}""");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        server.Server.Abort();
        foreach (HttpResponseMessage ended in await Task.WhenAll(silent))
            ended.Dispose();
    }

    [Theory]
    [InlineData("/v1/chat/completions", TestServer.Hello)]
    [InlineData("/v1/cascade/decide", TestServer.Hello)]
    [InlineData("/v1/embeddings", """{"input":"easy"}""")]
    public async Task What_comes_faster_than_the_embedder_takes_it_is_429_with_a_time_to_try_again(string path, string json)
    {
        await using SlowEmbedding slow = await SlowEmbedding.StartAsync();
        Task<HttpResponseMessage>[] sent = await slow.FillAsync();

        using HttpResponseMessage response = await slow.PostAsync(path, json);
        ErrorAnswer error = await ErrorAnswer.ReadAsync(response);

        Assert.Equal((HttpStatusCode)429, error.Status);
        Assert.True(int.Parse(error.RetryAfter!, System.Globalization.CultureInfo.InvariantCulture) > 0);
        slow.Go();
        Assert.All(await Task.WhenAll(sent), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal((0, 0), (slow.Server.Server.Door.Inside, slow.Server.Server.Door.Waiting));
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/cascade/decide")]
    public async Task The_wait_at_the_door_counts_for_the_budget(string path)
    {
        await using SlowEmbedding slow = await SlowEmbedding.StartAsync();
        Task<HttpResponseMessage>[] sent = [.. Enumerable.Range(0, Inside).Select(_ => slow.Server.PostAsync(TestServer.Hello))];
        await Wait.UntilAsync(() => slow.Server.Server.Door.Inside == Inside);

        using HttpResponseMessage response = await slow.PostAsync(path, CascadeAnswer.Request(["easy"], "\"cascade\":{\"budget_ms\":100}"));
        ErrorAnswer error = await ErrorAnswer.ReadAsync(response);

        Assert.Equal((HttpStatusCode)429, error.Status);
        Assert.Contains("budget", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, slow.Server.Server.Door.Waiting);
        slow.Go();
        Assert.All(await Task.WhenAll(sent), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
    }

    [Fact]
    public async Task A_client_that_leaves_the_queue_leaves_its_place_to_the_next()
    {
        await using SlowEmbedding slow = await SlowEmbedding.StartAsync();
        Task<HttpResponseMessage>[] inside = [.. Enumerable.Range(0, Inside).Select(_ => slow.Server.PostAsync(TestServer.Hello))];
        await Wait.UntilAsync(() => slow.Server.Server.Door.Inside == Inside);
        using CancellationTokenSource leave = new();
        Task<HttpResponseMessage>[] leaving = [.. Enumerable.Range(0, Waiting).Select(_ => slow.Server.PostUntilAsync(TestServer.Hello, null, leave.Token))];
        await Wait.UntilAsync(() => slow.Server.Server.Door.Waiting == Waiting);

        await leave.CancelAsync();
        await Wait.UntilAsync(() => slow.Server.Server.Door.Waiting == 0);
        Task<HttpResponseMessage> next = slow.Server.PostAsync(TestServer.Hello);
        await Wait.UntilAsync(() => slow.Server.Server.Door.Waiting == 1);
        slow.Go();

        Assert.Equal(HttpStatusCode.OK, (await next).StatusCode);
        Assert.All(await Task.WhenAll(inside), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.All(leaving, left => Assert.True(left.IsCanceled));
    }
}
