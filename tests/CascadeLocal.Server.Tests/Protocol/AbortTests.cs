using System.Net;

using CascadeLocal.Server.Security;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Protocol;

/// <summary>A client may leave as often and as late as it likes: a request ends once.</summary>
public sealed class AbortTests
{
    private const string Streamed = """{"stream":true,"messages":[{"role":"user","content":"hello"}]}""";

    private static KeyUsage Usage(TestServer server) => server.Server.Keys.Accounts.Single().Read();

    [Fact]
    public async Task Leaving_twice_is_leaving_once()
    {
        await using TestServer server = await TestServer.StartAsync();
        ScriptedAnswer answer = ScriptedAnswer.Endless("4", "2");
        server.Small.Answer = _ => answer;
        using CancellationTokenSource leave = new();
        HttpResponseMessage response = await server.PostUntilAsync(Streamed, null, leave.Token);
        await Wait.UntilAsync(() => !server.Small.Requests.IsEmpty);

        await leave.CancelAsync();
        await leave.CancelAsync();
        response.Dispose();
        response.Dispose();
        await answer.Cancelled;

        await Wait.UntilAsync(() => Usage(server) is { Running: 0, Models.Count: 1 });
        Assert.Equal((1, 1), (Usage(server).Requests, Usage(server).Models["small"].Requests));
        Assert.Equal(0, server.Server.Door.Inside);
    }

    [Fact]
    public async Task Leaving_after_the_end_changes_nothing()
    {
        await using TestServer server = await TestServer.StartAsync();
        using CancellationTokenSource leave = new();
        using (HttpResponseMessage response = await server.PostUntilAsync(Streamed, null, leave.Token))
            Assert.EndsWith("data: [DONE]\n\n", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await leave.CancelAsync();
        await leave.CancelAsync();

        Assert.Equal((1, 0), (Usage(server).Requests, Usage(server).Running));
        Assert.Equal(new ModelUsage(1, 7, 3, 3), Usage(server).Models["small"]);
        using HttpResponseMessage next = await server.PostAsync(TestServer.Hello);
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task A_run_that_is_left_at_every_moment_and_again_is_reported_once()
    {
        await using TestCascade cascade = await TestCascade.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.9)));
        using CancellationTokenSource left = new();
        RecordingClient client = new(TestCascade.Request("hard", streams: true))
        {
            Showing = _ =>
            {
                left.Cancel();
                left.Cancel();
            },
        };

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await cascade.AskAsync(client, left.Token);
            // Whole before it was noticed: then it is left after its end.
            throw new OperationCanceledException();
        });
        await left.CancelAsync();

        Assert.Single(cascade.Ended);
        Assert.Equal((0, 0), (cascade.Runner.Door.Inside, cascade.Runner.Door.Waiting));
    }

    [Fact]
    public void A_place_that_is_given_back_twice_is_one_place()
    {
        KeyAccount account = new("alice", TimeProvider.System);
        account.Limit(new KeyEntry { Concurrency = 2 });
        KeyLease first = account.Enter();
        using KeyLease second = account.Enter();

        first.Dispose();
        first.Dispose();

        Assert.Equal(1, account.Read().Running);
    }
}
