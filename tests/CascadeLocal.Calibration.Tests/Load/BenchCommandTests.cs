using System.Text.Json;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Load;

/// <summary>The program that puts an endpoint under load: what it sends, what it prints, and how it ends.</summary>
public sealed class BenchCommandTests : IAsyncDisposable
{
    private readonly StreamingEndpoint _endpoint = StreamingEndpoint.Start();

    [Fact]
    public async Task The_command_prints_the_figures_of_one_run_and_the_ratios_of_several()
    {
        string url = _endpoint.Url.ToString();
        (int exit, string output, string errors) = await Task.Run(() => CascadeProgram.Run("bench", "--url", url, "--requests", "3", "--json"));
        Assert.True(exit == 0, errors);
        using JsonDocument one = JsonDocument.Parse(output);
        Assert.Equal((3, 0), (one.RootElement.GetProperty("requests").GetInt32(), one.RootElement.GetProperty("failed").GetInt32()));
        Assert.Equal((url.TrimEnd('/'), "cascade", 1), (one.RootElement.GetProperty("url").GetString(), one.RootElement.GetProperty("model").GetString(), one.RootElement.GetProperty("concurrency").GetInt32()));
        Assert.Equal((60, 128), (one.RootElement.GetProperty("options").GetProperty("prompt_words").GetInt32(), one.RootElement.GetProperty("options").GetProperty("max_tokens").GetInt32()));
        Assert.Equal(0, one.RootElement.GetProperty("uncounted").GetInt32());
        foreach (string name in (string[])["ttft_ms", "tpot_ms", "itl_ms", "e2el_ms"])
            Assert.Equal(["mean", "p50", "p90", "p99"], one.RootElement.GetProperty(name).EnumerateObject().Select(field => field.Name));

        (exit, output, errors) = await Task.Run(() => CascadeProgram.Run(
            "bench", "--url", url, "--url", url, "--model", "a", "--model", "b", "--requests", "2", "--rounds", "2", "--concurrency", "1,2", "--json"));
        Assert.True(exit == 0, errors);
        using JsonDocument two = JsonDocument.Parse(output);
        Assert.Equal(8, two.RootElement.GetProperty("runs").GetArrayLength());
        Assert.Equal([1, 2], two.RootElement.GetProperty("ratios").EnumerateArray().Select(ratio => ratio.GetProperty("concurrency").GetInt32()));
        Assert.Equal(2, two.RootElement.GetProperty("ratios")[0].GetProperty("output_tokens_per_s").GetProperty("ci95").GetArrayLength());
    }

    [Fact]
    public async Task No_call_and_no_endpoint_of_one_server_asks_what_another_one_has_asked()
    {
        string url = _endpoint.Url.ToString();
        for (int call = 0; call < 2; call++)
        {
            (int exit, _, string errors) = await Task.Run(() => CascadeProgram.Run(
                "bench", "--url", url, "--model", "a", "--model", "a", "--requests", "2", "--rounds", "2", "--warmup", "1"));
            Assert.True(exit == 0, errors);
        }

        Assert.Equal(2 * 2 * 2 * 3, _endpoint.Bodies.Count);
        Assert.Equal(_endpoint.Bodies.Count, _endpoint.Bodies.Select(Question).Distinct().Count());
    }

    [Fact]
    public async Task Endpoints_take_turns_in_both_orders_and_other_servers_are_asked_the_same()
    {
        await using StreamingEndpoint other = StreamingEndpoint.Start();
        List<string> order = [];
        _endpoint.Answer = (_, write) => AnswerAsync("own", write);
        other.Answer = (_, write) => AnswerAsync("other", write);

        (int exit, string output, string errors) = await Task.Run(() => CascadeProgram.Run(
            "bench", "--url", _endpoint.Url.ToString(), "--url", other.Url.ToString(), "--requests", "1", "--rounds", "2", "--warmup", "0", "--seed", "7", "--json"));

        Assert.True(exit == 0, errors);
        Assert.Equal(["own", "other", "other", "own"], order);
        Assert.Equal(_endpoint.Bodies.Select(Question), other.Bodies.Select(Question));
        using JsonDocument report = JsonDocument.Parse(output);
        Assert.Equal(7, report.RootElement.GetProperty("options").GetProperty("seed").GetInt32());
        Assert.StartsWith(_endpoint.Url.ToString().TrimEnd('/'), report.RootElement.GetProperty("ratios")[0].GetProperty("endpoint").GetString(), StringComparison.Ordinal);

        Task AnswerAsync(string name, Func<string, Task> write)
        {
            order.Add(name);
            return StreamingEndpoint.AnswerAsync(write, "x", "y");
        }
    }

    [Fact]
    public async Task Questions_that_come_again_are_said_and_counted()
    {
        using TemporaryFolder folder = new();
        string data = folder.Write("q.jsonl", string.Join('\n', Enumerable.Range(0, 3).Select(i => $$"""{"id":"{{i}}","prompt":"Question {{i}}?"}""")));

        (int exit, string output, string errors) = await Task.Run(() => CascadeProgram.Run(
            "bench", "--url", _endpoint.Url.ToString(), "--data", data, "--requests", "6", "--warmup", "1", "--json"));

        Assert.True(exit == 0, errors);
        Assert.Contains("was asked 7 times", errors, StringComparison.Ordinal);
        using JsonDocument run = JsonDocument.Parse(output);
        Assert.Equal((6, 3), (run.RootElement.GetProperty("requests").GetInt32(), run.RootElement.GetProperty("distinct_prompts").GetInt32()));
    }

    [Fact]
    public async Task Each_server_gets_its_own_key_alone()
    {
        await using StreamingEndpoint other = StreamingEndpoint.Start();
        string[] urls = ["--url", _endpoint.Url.ToString(), "--url", other.Url.ToString()];

        (int exit, _, string errors) = await Task.Run(() => CascadeProgram.Run(["bench", .. urls, "--key-env", "HOME", "--requests", "1"]));
        Assert.Equal(2, exit);
        Assert.Contains("one key for 2 servers", errors, StringComparison.Ordinal);
        Assert.Empty(other.Bodies);

        (exit, _, errors) = await Task.Run(() => CascadeProgram.Run(["bench", .. urls, "--key-env", "HOME", "--key-env", "-", "--requests", "1"]));
        Assert.True(exit == 0, errors);
        Assert.All(_endpoint.Keys, key => Assert.Equal($"Bearer {Environment.GetEnvironmentVariable("HOME")}", key));
        Assert.All(other.Keys, Assert.Null);
        Assert.NotEmpty(other.Keys);
    }

    [Fact]
    public async Task A_run_that_is_stopped_reports_the_requests_that_have_ended()
    {
        TaskCompletionSource fourth = new(), stopped = new();
        _endpoint.Answer = async (_, write) =>
        {
            if (_endpoint.Bodies.Count <= 3)
            {
                await StreamingEndpoint.AnswerAsync(write, "one", "two");
                return;
            }

            fourth.TrySetResult();
            await stopped.Task;
        };

        (int exit, string output, string errors) = await CascadeProgram.StopAsync(
            fourth.Task, "bench", "--url", _endpoint.Url.ToString(), "--warmup", "0", "--json");
        stopped.SetResult();

        Assert.Equal(1, exit);
        Assert.Contains("Stopped: these are the requests that have ended.", errors, StringComparison.Ordinal);
        using JsonDocument run = JsonDocument.Parse(output);
        Assert.Equal((3, true), (run.RootElement.GetProperty("requests").GetInt32(), run.RootElement.GetProperty("stopped").GetBoolean()));
    }

    [Fact]
    public async Task A_measurement_that_is_stopped_reports_the_runs_that_have_ended()
    {
        TaskCompletionSource second = new(), stopped = new();
        _endpoint.Answer = async (_, write) =>
        {
            if (_endpoint.Bodies.Count == 1)
            {
                await StreamingEndpoint.AnswerAsync(write, "one", "two");
                return;
            }

            second.TrySetResult();
            await stopped.Task;
        };

        Task<(int ExitCode, string Output, string Errors)> run = CascadeProgram.StopAsync(
            second.Task, "bench", "--url", _endpoint.Url.ToString(), "--requests", "1", "--warmup", "0", "--rounds", "3", "--json");
        (int exit, string output, string errors) = await run;
        stopped.SetResult();

        Assert.Equal(1, exit);
        Assert.Contains("Stopped: these are the runs that have ended.", errors, StringComparison.Ordinal);
        // What is printed has the form of what was asked for, however many runs have ended.
        using JsonDocument report = JsonDocument.Parse(output);
        JsonElement figures = Assert.Single(report.RootElement.GetProperty("runs").EnumerateArray()).GetProperty("figures");
        Assert.Equal((1, 0), (figures.GetProperty("requests").GetInt32(), figures.GetProperty("failed").GetInt32()));
    }

    [Theory]
    [InlineData("--url 'nowhere' is no address", "--url", "nowhere")]
    [InlineData("--concurrency '0' is no number", "--concurrency", "8,0")]
    [InlineData("--slo 'ttft' is none of", "--slo", "ttft")]
    [InlineData("--rate '0' must be a number above 0", "--rate", "0")]
    [InlineData("give one model for all, or one for each", "--url", "http://a", "--url", "http://b", "--url", "http://c", "--model", "m", "--model", "n")]
    public void Wrong_options_are_refused_with_a_word(string reason, params string[] options)
    {
        (int exit, _, string errors) = CascadeProgram.Run(["bench", .. options]);
        Assert.Equal(2, exit);
        Assert.Contains(reason, errors, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _endpoint.DisposeAsync();

    private static string Question(JsonElement body) => body.GetProperty("messages")[0].GetProperty("content").GetString()!;
}
