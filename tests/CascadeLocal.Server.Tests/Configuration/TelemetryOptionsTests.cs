using System.Text;

using CascadeLocal.Server.Configuration;

using Xunit;

namespace CascadeLocal.Server.Tests.Configuration;

/// <summary>The file, and over it OpenTelemetry's own variables, which the exporter reads itself.</summary>
public sealed class TelemetryOptionsTests
{
    private static readonly TelemetrySettings File = Read(
        """{"otlp_endpoint":"http://collector:4318","otlp_headers":{"authorization":"Bearer k"},"otlp_protocol":"http/protobuf"}""");

    [Fact]
    public void Nothing_is_sent_unless_somebody_says_where() =>
        Assert.Null(Resolve(new()));

    [Fact]
    public void The_file_says_where()
    {
        TelemetryOptions options = Resolve(File)!;

        Assert.Equal((new Uri("http://collector:4318"), OtlpProtocol.Http), (options.Endpoint, options.Protocol));
        Assert.Equal("Bearer k", options.Headers["authorization"]);
        Assert.True(options is { SendsMetrics: true, SendsTraces: true });
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")]
    public void A_variable_says_where_by_itself_and_wins_over_the_file(string variable)
    {
        Assert.NotNull(Resolve(new(), (variable, "http://other:4318")));
        Assert.Null(Resolve(File, (variable, "http://other:4318"))!.Endpoint);
    }

    [Fact]
    public void Without_a_word_of_it_the_protocol_is_http() =>
        Assert.Equal(OtlpProtocol.Http, Resolve(new(), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://other:4318"))!.Protocol);

    [Fact]
    public void Protocol_and_headers_of_the_environment_win()
    {
        TelemetryOptions options = Resolve(File, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_HEADERS", "a=b"))!;

        Assert.Null(options.Protocol);
        Assert.Empty(options.Headers);
    }

    [Fact]
    public void A_signal_can_be_turned_off()
    {
        TelemetryOptions options = Resolve(File, ("OTEL_TRACES_EXPORTER", "none"))!;

        Assert.True(options is { SendsMetrics: true, SendsTraces: false });
    }

    [Fact]
    public void All_of_it_can_be_turned_off() =>
        Assert.Null(Resolve(File, ("OTEL_SDK_DISABLED", "true")));

    [Theory]
    [InlineData("""{"otlp_endpoint":"collector:4318"}""", "telemetry.otlp_endpoint")]
    [InlineData("""{"otlp_endpoint":"ftp://collector"}""", "telemetry.otlp_endpoint")]
    [InlineData("""{"otlp_protocol":"http/json"}""", "telemetry.otlp_protocol")]
    [InlineData("""{"otlp_headers":{"a b":"c"}}""", "telemetry.otlp_headers.a b")]
    [InlineData("""{"otlp_headers":{"a":""}}""", "telemetry.otlp_headers.a")]
    [InlineData("""{"otlp_endpont":"http://collector"}""", "did you mean 'otlp_endpoint'?")]
    [InlineData("""{"otlp_headers":{"a":"b,c"}}""", "telemetry.otlp_headers.a")]
    public void What_cannot_be_is_refused_by_name(string json, string named)
    {
        ConfigurationException refusal = Assert.Throws<ConfigurationException>(() => Read(json));

        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    private static TelemetrySettings Read(string json) =>
        SettingsFile.Parse(Encoding.UTF8.GetBytes($"{{\"telemetry\":{json}}}"), "cascade.json").Telemetry;

    private static TelemetryOptions? Resolve(TelemetrySettings file, params (string Name, string Value)[] variables) =>
        TelemetryOptions.Resolve(file, name => Array.Find(variables, v => v.Name == name).Value);
}
