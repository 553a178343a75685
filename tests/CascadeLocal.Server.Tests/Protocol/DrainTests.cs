using System.Net;

using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>Who was admitted before the server drains is served as if nothing happened.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task A_request_that_runs_still_escalates_and_new_ones_are_refused()
    {
        await using TestServer server = await GatedPolicy.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.2)));
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Nano.Answer = _ => ScriptedAnswer.Paused(go.Task, 1, "b", "ad", "");
        server.Small.Answer = _ => new ScriptedAnswer("good", "");
        Task<CascadeAnswer> asked = CascadeAnswer.AskAsync(server, "easy");
        await Wait.UntilAsync(() => !server.Nano.Requests.IsEmpty);

        Task drain = server.Server.DrainAsync();
        ErrorAnswer chat = await server.PostForErrorAsync(TestServer.Hello);
        using StringContent body = new(TestServer.Hello, System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage decide = await server.Client.PostAsync(new Uri("/v1/cascade/decide", UriKind.Relative), body, TestContext.Current.CancellationToken);
        go.SetResult();
        CascadeAnswer answer = await asked;
        await drain;

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "server_draining"), (chat.Status, chat.Code));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, decide.StatusCode);
        Assert.Equal(("good", "small", "nano, small", null, "confidence"), (answer.Text, answer.Model, answer.Path, answer.Fallback, answer.Guarantee));
    }

    [Fact]
    public async Task A_request_that_waits_at_the_door_is_let_in_and_answered()
    {
        LetterEmbedder embedder = new();
        await using TestServer server = await GatedPolicy.StartAsync(
            GatedPolicy.Of(HandMadeJudge.Constant(0.9)), options => options with { MaxQueue = 1, LoadEmbedder = () => embedder });
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        embedder.Working = stop => go.Task.WaitAsync(stop);
        Task<CascadeAnswer>[] asked = [.. Enumerable.Range(0, 10).Select(_ => CascadeAnswer.AskAsync(server, "easy"))];
        await Wait.UntilAsync(() => server.Server.Door.Waiting == 1);

        Task drain = server.Server.DrainAsync();
        go.SetResult();

        Assert.All(await Task.WhenAll(asked), answer => Assert.Equal("42", answer.Text));
        await drain;
    }
}
