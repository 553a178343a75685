using CascadeLocal.Cascade.Policies;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Drift;

/// <summary>A policy that was fitted to half easy and half hard questions, of which a quarter was escalated, and other traffic.</summary>
public sealed class DriftAlarmTests
{
    private static readonly MemberJudge Judge = HandMadeJudge.ByLength(3);

    [Fact]
    public async Task Traffic_as_at_the_fit_leaves_the_promise()
    {
        await using TestServer server = await StartAsync();

        await AskAsync(server, 100, i => i % 2 == 0 ? i % 4 == 0 ? "easy" : "easy and short" : "hard");

        Assert.Equal("confidence", (await CascadeAnswer.AskAsync(server, "easy")).Guarantee);
        Assert.Equal("0", await AlarmAsync(server));
    }

    [Fact]
    public async Task Other_clusters_void_the_promise_once_there_are_a_hundred_requests()
    {
        await using TestServer server = await StartAsync();

        await AskAsync(server, 99, i => i % 4 == 0 ? "easy and short" : "easy");
        Assert.Equal("confidence", (await CascadeAnswer.AskAsync(server, "easy")).Guarantee);
        CascadeAnswer after = await CascadeAnswer.AskAsync(server, "easy");

        Assert.Equal(("none", "none"), (after.Guarantee, after.Headers["x-cascade-guarantee"]));
        Assert.Equal("1", await AlarmAsync(server));
    }

    [Fact]
    public async Task More_escalations_than_expected_void_it_too()
    {
        await using TestServer server = await StartAsync();

        await AskAsync(server, 100, i => i % 2 == 0 ? "easy and short" : "hard");

        Assert.Equal("none", (await CascadeAnswer.AskAsync(server, "hard")).Guarantee);
    }

    [Theory]
    [InlineData(4, "1")]
    [InlineData(1, "0")]
    public async Task Far_more_novel_requests_than_expected_void_it_for_all(int ofTwenty, string alarm)
    {
        // Half are in each cluster, and of those that are not novel about a quarter is escalated.
        await using TestServer server = await StartAsync(Fitted() with { Novelty = new(0.01, new float[200]) });

        await AskAsync(server, 100, i => i % 20 < 10 ? "hard" : i % 20 < 10 + ofTwenty ? "strange" : i % 20 < 15 ? "easy and short" : "easy");

        Assert.Equal(alarm, await AlarmAsync(server));
        Assert.Equal(alarm == "1" ? "none" : "confidence", (await CascadeAnswer.AskAsync(server, "easy")).Guarantee);
    }

    [Fact]
    public async Task It_is_promised_again_when_traffic_is_again_what_it_was_or_the_policy_is_another()
    {
        await using TestServer server = await StartAsync();
        await AskAsync(server, 100, _ => "easy");
        Assert.Equal("1", await AlarmAsync(server));

        await AskAsync(server, 200, i => i % 4 == 0 ? "easy and short" : "hard");
        Assert.Equal("0", await AlarmAsync(server));

        await AskAsync(server, 300, _ => "easy");
        Assert.Equal("1", await AlarmAsync(server));
        await server.Server.Policies.UseAsync(new LoadedPolicy(Fitted(), "memory", "another"), CancellationToken.None);
        Assert.Equal("confidence", (await CascadeAnswer.AskAsync(server, "easy")).Guarantee);
    }

    private static Policy Fitted()
    {
        Policy policy = GatedPolicy.Of(Judge);
        return policy with { Escalation = policy.Escalation! with { Expected = new(1000, 0.9, 0.9, 2, 20, 0.25, 0.9) } };
    }

    private static async Task<TestServer> StartAsync(Policy? policy = null)
    {
        TestServer server = await GatedPolicy.StartAsync(policy ?? Fitted());
        server.Nano.Answer = request => request.Messages[^1].Content.EndsWith("short", StringComparison.Ordinal)
            ? new ScriptedAnswer("7", "")
            : new ScriptedAnswer("4", "2", "");
        return server;
    }

    private static async Task AskAsync(TestServer server, int count, Func<int, string> question)
    {
        for (int i = 0; i < count; i++)
            await CascadeAnswer.AskAsync(server, question(i));
    }

    private static async Task<string> AlarmAsync(TestServer server)
    {
        string text = await server.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        return text.Split('\n').Single(line => line.StartsWith("cascade_drift_alarm", StringComparison.Ordinal)).Split(' ')[^1];
    }
}
