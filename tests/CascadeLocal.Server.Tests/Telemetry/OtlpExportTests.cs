using CascadeLocal.Server.Configuration;
using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Telemetry;

/// <summary>Metrics and traces as a collector gets them.</summary>
public sealed class OtlpExportTests
{
    [Theory]
    [InlineData(OtlpProtocol.Http)]
    [InlineData(OtlpProtocol.Grpc)]
    public async Task A_request_is_at_the_collector_when_the_server_has_stopped(OtlpProtocol protocol)
    {
        await using OtlpCollector collector = await OtlpCollector.StartAsync(protocol);
        await AskOnceAsync(new TelemetryOptions { Endpoint = collector.Address, Protocol = protocol });

        OtlpSpan root = Assert.Single(collector.Spans, span => span.ParentId.Length == 0);
        Assert.Equal("chat cascade", root.Name);
        Assert.Equal(("small", "nano, small"), (root.Attributes["gen_ai.response.model"], root.Attributes["cascade.path"]));
        OtlpSpan[] parts = [.. collector.Spans.Where(span => span.ParentId == root.SpanId)];
        Assert.Equal(
            ["decode nano", "decode small", "embed", "judge nano", "prefill nano", "prefill small", "queue"],
            parts.Select(part => $"{part.Name} {part.Attributes.GetValueOrDefault("cascade.member")}".TrimEnd()).Order(StringComparer.Ordinal));
        Assert.All(parts, part => Assert.Equal(root.TraceId, part.TraceId));
        Assert.All(parts, part => Assert.True(root.Start <= part.Start && part.Start <= part.End && part.End <= root.End));
        string[] wanted = ["gen_ai.server.request.duration", "gen_ai.client.token.usage", "cascade.completed", "cascade.escalated", "cascade.running"];
        Assert.Empty(wanted.Except(collector.MetricNames));
        Assert.NotEmpty(collector.Resources);
        Assert.All(collector.Resources, resource => Assert.Equal("cascadelocal", resource["service.name"]));
    }

    [Fact]
    public async Task Headers_go_with_everything()
    {
        await using OtlpCollector collector = await OtlpCollector.StartAsync();
        await AskOnceAsync(new TelemetryOptions
        {
            Endpoint = collector.Address,
            Protocol = OtlpProtocol.Http,
            Headers = new Dictionary<string, string> { ["x-key"] = "a b%2C=c" },
        });

        Assert.NotEmpty(collector.Keys);
        Assert.All(collector.Keys, key => Assert.Equal("a b%2C=c", key));
    }

    [Fact]
    public async Task Traces_can_be_left_out()
    {
        await using OtlpCollector collector = await OtlpCollector.StartAsync();
        await AskOnceAsync(new TelemetryOptions { Endpoint = collector.Address, Protocol = OtlpProtocol.Http, SendsTraces = false });

        Assert.Empty(collector.Traces);
        Assert.NotEmpty(collector.Metrics);
    }

    [Fact]
    public async Task A_collector_that_cannot_be_reached_is_in_the_log_and_hinders_nobody()
    {
        Uri nobody;
        await using (OtlpCollector collector = await OtlpCollector.StartAsync())
            nobody = collector.Address;
        RecordingLog log = new();

        await AskOnceAsync(new TelemetryOptions { Endpoint = nobody, Protocol = OtlpProtocol.Http }, log);

        Assert.Contains(log.Lines, line => line.StartsWith("Metrics or traces could not be sent", StringComparison.Ordinal));
    }

    private static async Task AskOnceAsync(TelemetryOptions telemetry, RecordingLog? log = null)
    {
        await using TestServer server = await GatedPolicy.StartAsync(
            GatedPolicy.Of(HandMadeJudge.Constant(0.2)), options => options with { Telemetry = telemetry }, log: log);
        CascadeAnswer answer = await CascadeAnswer.AskAsync(server, "easy");
        Assert.Equal("small", answer.Model);
    }
}
