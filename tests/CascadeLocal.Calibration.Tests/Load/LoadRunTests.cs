using System.Text.Json;

using CascadeLocal.Calibration.Load;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Load;

/// <summary>What is sent to an endpoint under load, and what is counted of its answers. Times are not compared with any limit here.</summary>
public sealed class LoadRunTests : IAsyncDisposable
{
    private static readonly LoadOptions Few = new() { Duration = TimeSpan.FromMinutes(1), Requests = 6, Concurrency = 2 };

    private readonly StreamingEndpoint _endpoint = StreamingEndpoint.Start();

    private static readonly LoadSettings Settings = new()
    {
        Duration = 60, PromptWords = 60, SharedPrefix = 0, Turns = 1, MaxTokens = 128, FixedLength = false, Temperature = 0, Seed = 1,
    };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_closed_loop_keeps_so_many_requests_under_way_and_counts_what_the_endpoint_counts()
    {
        TaskCompletionSource two = new();
        _endpoint.Answer = async (_, write) =>
        {
            // The first waits for the second: they are under way together, or the test hangs.
            if (_endpoint.Bodies.Count >= 2)
                two.TrySetResult();
            await two.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
            await StreamingEndpoint.AnswerAsync(write, "one", "two", "three");
        };

        LoadFigures figures = await RunAsync(Few);

        Assert.Equal((6, 0, 36L), (figures.Requests, figures.Failed, figures.OutputTokens));
        Assert.Equal(2, _endpoint.MostAtOnce);
        Assert.Equal(36 / figures.DurationS, figures.OutputTokensPerS, 1e-9);
        Assert.True(figures.TtftMs!.P50 > 0 && figures.E2elMs!.P50 >= figures.TtftMs.P50);
    }

    [Fact]
    public async Task Everything_that_is_asked_for_is_sent()
    {
        await RunAsync(Few with { Requests = 1, MaxTokens = 7, IsFixedLength = true, Temperature = 0.5 }, model: "m");

        JsonElement body = Assert.Single(_endpoint.Bodies);
        Assert.Equal("m", body.GetProperty("model").GetString());
        Assert.Equal((7, 7, true), (body.GetProperty("max_tokens").GetInt32(), body.GetProperty("min_tokens").GetInt32(), body.GetProperty("ignore_eos").GetBoolean()));
        Assert.Equal(0.5, body.GetProperty("temperature").GetDouble());
        Assert.True(body.GetProperty("stream_options").GetProperty("include_usage").GetBoolean());
    }

    [Fact]
    public async Task An_endpoint_that_is_given_twice_is_compared_with_itself()
    {
        LoadFigures figures = await RunAsync(Few);

        LoadReport report = new(Settings, [new("http://a", "m", 2, 1, figures), new("http://a", "m", 2, 1, figures) { Endpoint = 1 }]);

        Assert.Equal(1, Assert.Single(report.Ratios).E2el!.Value, 1e-12);
    }

    [Fact]
    public async Task What_warms_up_is_not_counted_and_not_asked_again()
    {
        LoadFigures figures = await RunAsync(Few with { WarmUp = 3 });

        Assert.Equal(6, figures.Requests);
        Assert.Equal(9, _endpoint.Bodies.Count);
        Assert.Equal(9, _endpoint.Bodies.Select(Question).Distinct().Count());
    }

    [Fact]
    public async Task An_open_loop_does_not_wait_for_answers()
    {
        TaskCompletionSource all = new();
        _endpoint.Answer = async (_, write) =>
        {
            if (_endpoint.Bodies.Count >= 5)
                all.TrySetResult();
            await all.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
            await StreamingEndpoint.AnswerAsync(write, "x");
        };

        LoadFigures figures = await RunAsync(Few with { Concurrency = null, Rate = 200, Requests = 5 });

        Assert.Equal((5, 0, 5), (figures.Requests, figures.Failed, _endpoint.MostAtOnce));
    }

    [Fact]
    public async Task In_an_open_loop_the_time_counts_in_which_a_request_waits_for_its_turn()
    {
        _endpoint.Answer = async (_, write) =>
        {
            await Task.Delay(50, Cancelled);
            await StreamingEndpoint.AnswerAsync(write, "x");
        };

        LoadFigures figures = await RunAsync(Few with { Concurrency = 1, Rate = 1_000, Requests = 12 });

        // All are due within moments, and one is asked after the other: the last one waits for eleven.
        Assert.True(figures.E2elMs!.P99 > 500, $"{figures.E2elMs.P99} ms");
        Assert.True(figures.TtftMs!.P99 > 500, $"{figures.TtftMs.P99} ms");
        Assert.True(figures.QueueMs!.P99 > 450, $"{figures.QueueMs.P99} ms");
        Assert.Null((await RunAsync(Few)).QueueMs);
    }

    [Fact]
    public async Task An_answer_ends_when_it_says_so_and_not_with_its_connection()
    {
        _endpoint.Answer = async (_, write) =>
        {
            await StreamingEndpoint.AnswerAsync(write, "one", "two");
            await Task.Delay(2_000, Cancelled);
        };

        LoadFigures figures = await RunAsync(Few with { Requests = 1 });

        Assert.Equal(0, figures.Failed);
        Assert.True(figures.E2elMs!.P50 < 1_900, $"{figures.E2elMs.P50} ms");
        Assert.True(figures.DurationS > 1.9, $"{figures.DurationS} s");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(500.0)]
    public async Task Requests_are_counted_and_not_conversations(double? rate)
    {
        LoadFigures figures = await RunAsync(Few with { Requests = 4, WarmUp = 2, Rate = rate }, new Workload(1) { Turns = 3 });

        Assert.Equal(4, figures.Requests);
        Assert.Equal(6, _endpoint.Bodies.Count);
    }

    [Fact]
    public async Task A_request_without_an_end_fails_in_time()
    {
        TaskCompletionSource tested = new();
        _endpoint.Answer = async (_, write) =>
        {
            if (_endpoint.Bodies.Count == 2)
                await tested.Task;
            else
                await StreamingEndpoint.AnswerAsync(write, "x");
        };

        LoadFigures figures = await RunAsync(Few with { Requests = 3, Concurrency = 1, Timeout = TimeSpan.FromSeconds(0.5) });
        tested.SetResult();

        Assert.Equal((3, 1), (figures.Requests, figures.Failed));
        Assert.Equal("no end after 0.5 s", Assert.Single(figures.Failures).Key);
    }

    [Fact]
    public async Task Failures_of_one_kind_are_one_reason()
    {
        _endpoint.Status = 503;
        _endpoint.Answer = (_, write) => write(
            $$$"""{"error":{"message":"busy: request {{{_endpoint.Bodies.Count}}}","type":"server_error","code":"{{{(_endpoint.Bodies.Count == 1 ? "loading" : "busy")}}}"}}""");

        LoadFigures figures = await RunAsync(Few with { Concurrency = 1 });

        Assert.Equal([1, 5], figures.Failures.Values.Order());
        Assert.All(figures.Failures.Keys, reason => Assert.StartsWith("503: ", reason, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(500, "{\"error\":{\"message\":\"broken\"}}", "500: ")]
    [InlineData(200, "{\"error\":{\"message\":\"it broke\"}}", "it broke")]
    [InlineData(200, "[DONE]", "the answer is empty")]
    [InlineData(200, "{\"choices\":[{\"delta\":{\"content\":\"x\"}}]}", "the stream ended without [DONE]")]
    [InlineData(200, "no json", "'no json' is an invalid")]
    public async Task What_is_no_whole_answer_has_failed_and_says_why(int status, string data, string reason)
    {
        _endpoint.Status = status;
        _endpoint.Answer = (_, write) => write(data);

        LoadFigures figures = await RunAsync(Few with { Requests = 2 });

        Assert.Equal((2, 2, 0L), (figures.Requests, figures.Failed, figures.OutputTokens));
        Assert.Null(figures.TtftMs);
        (string why, int times) = Assert.Single(figures.Failures);
        Assert.StartsWith(reason, why, StringComparison.Ordinal);
        Assert.Equal(2, times);
    }

    [Fact]
    public async Task An_endpoint_that_is_not_there_fails_every_request()
    {
        // Port 1 is nobody's.
        using LoadRun run = new(new LoadTarget(new Uri("http://127.0.0.1:1/v1/"), "m", null), Few, new Workload(1));

        LoadFigures figures = await run.RunAsync(Cancelled);

        Assert.Equal(figures.Requests, figures.Failed);
    }

    [Fact]
    public async Task A_conversation_grows_by_what_was_answered()
    {
        await RunAsync(Few with { Requests = 3, Concurrency = 1 }, new Workload(1) { Turns = 3, SharedPrefixWords = 4 });

        string[][] roles = [.. _endpoint.Bodies.Select(body => body.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("role").GetString()!).ToArray())];
        Assert.Equal(["system", "user"], roles[0]);
        Assert.Equal(["system", "user", "assistant", "user", "assistant", "user"], roles[2]);
        Assert.Equal("onetwothree", _endpoint.Bodies.ElementAt(1).GetProperty("messages")[2].GetProperty("content").GetString());
    }

    [Fact]
    public void Goodput_counts_what_reached_every_limit()
    {
        LoadSample sample = new(null, 0) { OutputTokens = 1 };
        sample.Add("x");
        sample.End();

        Assert.True(new LoadObjective(null, null, null).IsMet(sample));
        // One token has no TPOT.
        Assert.True(new LoadObjective(null, 1e-9, null).IsMet(sample));
        Assert.False(new LoadObjective(1e-9, null, null).IsMet(sample));
        Assert.False(new LoadObjective(null, null, 1e-9).IsMet(sample));
    }

    [Fact]
    public void Prompts_are_new_or_recur_as_asked_and_do_not_depend_on_the_endpoint() =>
        Gen.Select(Gen.ULong, Gen.Int[1, 20], Gen.Int[1, 5]).Sample((seed, words, recurring) =>
        {
            Workload fresh = new(seed) { PromptWords = words }, again = new(seed) { PromptWords = words, Recurring = recurring };
            for (int i = 0; i < 3 * recurring; i++)
            {
                Assert.Equal(words, fresh.Begin(i)[^1].Content.Split(' ').Length);
                Assert.Equal(fresh.Begin(i), new Workload(seed) { PromptWords = words }.Begin(i));
                Assert.Equal(fresh.Begin(i % recurring), again.Begin(i));
            }
        });

    [Fact]
    public void A_ratio_has_the_interval_of_Students_t_over_rounds()
    {
        // Logarithms 0 and 2 ln 2: mean ln 2, deviation √2 ln 2, half-width 12.706 ln 2.
        LoadRatio ratio = LoadRatio.Of([(1, 1), (4, 1)])!;
        Assert.Equal(2, ratio.Value, 1e-12);
        Assert.Equal(2 * Math.Pow(2, -12.706), ratio.Ci95![0], 1e-9);
        Assert.Null(LoadRatio.Of([(3, 2)])!.Ci95);
        Assert.Null(LoadRatio.Of([(null, 2)]));
    }

    public ValueTask DisposeAsync() => _endpoint.DisposeAsync();

    private static string Question(JsonElement body) => body.GetProperty("messages")[0].GetProperty("content").GetString()!;

    private async Task<LoadFigures> RunAsync(LoadOptions options, Workload? workload = null, string model = "cascade")
    {
        using LoadRun run = new(new LoadTarget(_endpoint.Url, model, null), options, workload ?? new Workload(1));
        return await run.RunAsync(Cancelled);
    }
}
