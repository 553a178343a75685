using System.Text.Json;

using CascadeLocal.Server.Tests.Shadows;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Server.Tests.Requests;

/// <summary>However a request ends, it is called by its name in log and metrics, once.</summary>
public sealed class EndingTests
{
    private static Task<TestCascade> StartAsync(params ICascadeObserver[] observers) =>
        TestCascade.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.9)), null, observers);

    private static async Task<string> StatusAsync(TestCascade cascade, RecordingClient client, CancellationToken? left = null, CancellationToken? shutdown = null)
    {
        await Assert.ThrowsAnyAsync<Exception>(() => cascade.AskAsync(client, left, shutdown));
        return Assert.Single(cascade.Ended).Status;
    }

    [Fact]
    public async Task A_client_that_goes_is_cancelled()
    {
        await using TestCascade cascade = await StartAsync();
        cascade.Members[0].Answer = _ => ScriptedAnswer.Endless("4");
        using CancellationTokenSource left = new();

        Assert.Equal("cancelled", await StatusAsync(cascade, new(TestCascade.Request()) { Beginning = _ => left.CancelAsync() }, left: left.Token));
        Assert.Empty(cascade.Log.Errors);
    }

    [Fact]
    public async Task A_server_that_is_shut_down_is_shutdown()
    {
        await using TestCascade cascade = await StartAsync();
        cascade.Members[0].Answer = _ => ScriptedAnswer.Endless("4");
        using CancellationTokenSource shutdown = new();

        Assert.Equal("shutdown", await StatusAsync(cascade, new(TestCascade.Request()) { Beginning = _ => shutdown.CancelAsync() }, shutdown: shutdown.Token));
        Assert.Empty(cascade.Log.Errors);
    }

    [Fact]
    public async Task A_member_that_breaks_when_it_was_heard_is_failed()
    {
        await using TestCascade cascade = await StartAsync();
        cascade.Members[1].Answer = _ => ScriptedAnswer.Failing("4");

        Assert.Equal("failed", await StatusAsync(cascade, new(TestCascade.Request("hard", streams: true))));
        CascadePass pass = Assert.Single(Assert.Single(cascade.Ended).Passes);
        Assert.Equal(("small", "it broke", 1), (pass.Member, pass.Failure, pass.Result.OutputTokens));
    }

    [Fact]
    public async Task Of_answers_side_by_side_that_are_cut_all_tokens_count()
    {
        await using TestCascade cascade = await StartAsync();
        using CancellationTokenSource left = new();
        cascade.Members[1].Answer = request => request.Seed == 0 ? ScriptedAnswer.Endless("a") : ScriptedAnswer.Endless("b", "c", "d");
        int shown = 0;
        RecordingClient client = new(TestCascade.Request("hard", streams: true) with { Choices = 2, Seed = 0 })
        {
            Showing = text =>
            {
                shown += text.Length;
                if (shown == 4)
                    left.Cancel();
            },
        };

        Assert.Equal("cancelled", await StatusAsync(cascade, client, left: left.Token));
        CascadeOutcome outcome = Assert.Single(cascade.Ended);
        Assert.Equal(4, outcome.Passes.Sum(pass => pass.Result.OutputTokens));
    }

    [Fact]
    public async Task What_was_read_and_written_for_a_client_that_goes_is_known()
    {
        await using TestCascade cascade = await StartAsync();
        cascade.Members[1].Answer = _ => ScriptedAnswer.Endless("4", "2");
        using CancellationTokenSource left = new();
        RecordingClient client = new(TestCascade.Request("hard", streams: true)) { Showing = text => (text.Contains('2') ? left : null)?.Cancel() };

        Assert.Equal("cancelled", await StatusAsync(cascade, client, left: left.Token));
        CascadePass pass = Assert.Single(Assert.Single(cascade.Ended).Passes);
        Assert.Equal(("small", FinishReason.Cancelled, 7, 2), (pass.Member, pass.Result.FinishReason, pass.Result.PromptTokens, pass.Result.OutputTokens));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_fault_of_our_own_is_an_error_whether_or_not_the_client_is_still_there(bool hasLeft)
    {
        await using TestCascade cascade = await StartAsync();
        using CancellationTokenSource left = new();
        RecordingClient client = new(TestCascade.Request("hard", streams: true))
        {
            Showing = _ =>
            {
                if (hasLeft)
                    left.Cancel();
                throw new InvalidOperationException("a bug");
            },
        };

        Assert.Equal("error", await StatusAsync(cascade, client, left: left.Token));
        Assert.Equal("a bug", Assert.Single(cascade.Log.Errors).Fault!.Message);
        Assert.Equal(0, cascade.Runner.Door.Inside);
    }

    [Fact]
    public async Task What_watches_requests_may_break_and_nobody_notices_but_the_log()
    {
        await using TestCascade cascade = await StartAsync(new BrokenObserver());

        RecordingClient client = await cascade.AskAsync(new(TestCascade.Request()));

        Assert.Equal("42", client.Answer);
        // Who comes after it is told all the same.
        Assert.Equal((1, "ok"), (cascade.Decided.Count, Assert.Single(cascade.Ended).Status));
        Assert.Equal(3, cascade.Log.Errors.Count());
    }

    [Fact]
    public async Task A_shadow_whose_report_breaks_keeps_nobody_from_closing()
    {
        TestCascade cascade = await TestCascade.StartAsync(
            GatedPolicy.Of(HandMadeJudge.Constant(0.9)), new() { Mode = CascadeMode.Shadow }, new BrokenObserver());
        await cascade.AskAsync(new(TestCascade.Request()));

        await cascade.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Shutdown_is_called_so_in_log_and_metrics()
    {
        await using LoggedServer logged = await LoggedServer.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.9)), new());
        logged.Server.Nano.Answer = _ => ScriptedAnswer.Endless("4");
        Task<HttpResponseMessage> asked = logged.Server.PostAsync(CascadeAnswer.Request(["easy"]));
        await Wait.UntilAsync(() => !logged.Server.Nano.Requests.IsEmpty);

        logged.Server.Server.Abort();
        using HttpResponseMessage response = await asked;
        string metrics = await logged.MetricsAsync();

        Assert.Equal("server_draining", (await ErrorAnswer.ReadAsync(response)).Code);
        Assert.Contains("cascade_completed_total{model=\"nano\",status=\"shutdown\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("error_type=\"shutdown\"", metrics, StringComparison.Ordinal);
        Assert.Equal("shutdown", Assert.Single(await logged.StopAsync()).GetProperty("status").GetString());
    }

    [Fact]
    public async Task The_time_of_a_pass_that_failed_is_in_the_request_s_time()
    {
        await using LoggedServer logged = await LoggedServer.StartAsync(GatedPolicy.Of(HandMadeJudge.Constant(0.9)), new());
        TaskCompletionSource broken = new();
        logged.Server.Nano.Answer = _ => new ScriptedAnswer(_ => ThenFail(broken.Task));
        Task<CascadeAnswer> asked = CascadeAnswer.AskAsync(logged.Server, "easy");
        await Wait.UntilAsync(() => !logged.Server.Nano.Requests.IsEmpty);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        broken.SetException(new EngineException("it broke"));

        CascadeAnswer answer = await asked;
        JsonElement line = Assert.Single(await logged.RequestsAsync(1));
        string metrics = await logged.MetricsAsync();

        double spent = line.GetProperty("passes")[0].GetProperty("e2el_ms").GetDouble();
        Assert.Equal(("small", "it broke"), (answer.Model, line.GetProperty("passes")[0].GetProperty("failed").GetString()));
        Assert.True(spent >= 190, $"{spent} ms");
        string sum = metrics.Split('\n').Single(l => l.StartsWith("gen_ai_server_request_duration_seconds_sum{", StringComparison.Ordinal));
        Assert.True(double.Parse(sum.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture) >= spent / 1000, sum);
    }

    private static async IAsyncEnumerable<string> ThenFail(Task broken)
    {
        yield return "4";
        await broken;
    }

    private sealed class BrokenObserver : ICascadeObserver
    {
        public void OnDecided(CascadeDecision decision) => throw new InvalidOperationException("a bug");

        public void OnJudged(CascadeVerdict verdict) => throw new InvalidOperationException("a bug");

        public void OnCompleted(CascadeOutcome outcome) => throw new InvalidOperationException("a bug");

        public void OnShadowed(CascadeOutcome outcome, ShadowEnd end) => throw new InvalidOperationException("a bug");
    }
}
