using System.Net;

using CascadeLocal.Engine;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Metrics;

/// <summary>GET /metrics as Prometheus sees it.</summary>
public sealed class MetricsTests
{
    private static readonly Uri Address = new("/metrics", UriKind.Relative);

    [Fact]
    public async Task A_request_is_counted_with_its_tokens_and_times()
    {
        await using TestServer server = await TestServer.StartAsync();
        using (await server.PostAsync("""{"model":"nano","messages":[{"role":"user","content":"hello"}]}"""))
        {
        }

        string text = await ScrapeUntilAsync(server, "cascade_completed_total{model=\"nano\",status=\"ok\"} 1");

        const string Tags = "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"cascadelocal\",gen_ai_request_model=\"nano\",gen_ai_response_model=\"nano\"";
        Assert.Contains($"gen_ai_server_time_to_first_token_seconds_sum{{{Tags}}} 0.01\n", text, StringComparison.Ordinal);
        Assert.Contains($"gen_ai_server_time_per_output_token_seconds_sum{{{Tags}}} 0.002\n", text, StringComparison.Ordinal);
        Assert.Contains($"gen_ai_server_request_duration_seconds_sum{{{Tags}}} 0.014\n", text, StringComparison.Ordinal);
        Assert.Contains($"gen_ai_server_request_duration_seconds_bucket{{{Tags},le=\"81.92\"}} 1\n", text, StringComparison.Ordinal);
        Assert.Contains($"gen_ai_client_token_usage_sum{{{Tags},gen_ai_token_type=\"input\"}} 7\n", text, StringComparison.Ordinal);
        Assert.Contains($"gen_ai_client_token_usage_sum{{{Tags},gen_ai_token_type=\"output\"}} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("cascade_routed_total{cluster=\"none\",model=\"nano\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("cascade_prefix_tokens_reused_total{model=\"nano\"} 3\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_are_read_when_somebody_asks()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Nano.Load = new(1, 0);
        server.Small.Load = new(0, 2);

        string text = await server.Client.GetStringAsync(Address, TestContext.Current.CancellationToken);

        Assert.Contains("cascade_queue_length{model=\"nano\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("cascade_running{model=\"small\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("cascade_decision_log_dropped_total{} 0\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_in_this_process_tells_its_cells_and_tokens_too()
    {
        string file = Path.Combine(RepositoryPaths.DefaultTier, "nano.gguf");
        Assert.SkipUnless(File.Exists(file), "models/default has no nano");
        await using TestServer server = await TestServer.StartAsync(
            options => options with { Members = [TestServer.Member("nano")] },
            async _ => await LanguageModel.LoadAsync(new ModelOptions { Path = file, ContextLength = 256, Parallel = 2 }, NullLogger.Instance));
        using HttpResponseMessage response = await server.PostAsync("""{"messages":[{"role":"user","content":"hello"}],"max_tokens":5,"ignore_eos":true}""");

        string text = await server.Client.GetStringAsync(Address, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("cascade_output_tokens_total{model=\"nano\"} 5\n", text, StringComparison.Ordinal);
        Assert.Contains("cascade_kv_cells{model=\"nano\"} 512\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("cascade_kv_cells_used{model=\"nano\"} 0\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_keys_configured_metrics_need_one()
    {
        await using TestServer server = await TestServer.StartAsync(options => options with { ApiKeys = ["right"] });

        using HttpResponseMessage refused = await server.Client.GetAsync(Address, TestContext.Current.CancellationToken);
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", "right");
        using HttpResponseMessage served = await server.Client.GetAsync(Address, TestContext.Current.CancellationToken);

        Assert.Equal("invalid_api_key", (await ErrorAnswer.ReadAsync(refused)).Code);
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }

    // The answer is with the client a moment before it is counted.
    private static Task<string> ScrapeUntilAsync(TestServer server, string line) => Wait.ForAsync(
        () => server.Client.GetStringAsync(Address, TestContext.Current.CancellationToken),
        text => text.Contains(line, StringComparison.Ordinal), line);
}
