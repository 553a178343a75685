using System.Reflection;

using CascadeLocal.Cascade.Traces;
using CascadeLocal.Server.Configuration;

using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace CascadeLocal.Server.Telemetry;

/// <summary>Sends metrics and traces to a collector by OTLP, where one is configured.</summary>
internal static class OtlpExport
{
    /// <summary>Sends the metrics as well.</summary>
    public static MeterProviderBuilder AddOtlp(this MeterProviderBuilder metrics, TelemetryOptions? options) => options is not { SendsMetrics: true }
        ? metrics
        : metrics.ConfigureResource(Describe).AddOtlpExporter(exporter => Configure(exporter, options, "metrics"));

    /// <summary>Listens to the spans of requests and sends them; null where nothing is configured.</summary>
    public static TracerProvider? StartTracing(TelemetryOptions? options) => options is not { SendsTraces: true }
        ? null
        : Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(Describe)
            .AddSource(Spans.SourceName)
            .AddOtlpExporter(exporter => Configure(exporter, options, "traces"))
            .Build();

    // What comes later wins: the environment over our own name.
    private static void Describe(ResourceBuilder resource) => resource
        .AddService("cascadelocal", serviceVersion: typeof(OtlpExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion)
        .AddEnvironmentVariableDetector();

    // The exporter has read the standard variables already; what is null here stays as they say.
    private static void Configure(OtlpExporterOptions exporter, TelemetryOptions options, string signal)
    {
        if (options.Protocol is { } protocol)
            exporter.Protocol = protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        if (options.Endpoint is { } endpoint)
            exporter.Endpoint = exporter.Protocol == OtlpExportProtocol.Grpc ? endpoint : new Uri($"{endpoint.AbsoluteUri.TrimEnd('/')}/v1/{signal}");
        if (options.Headers.Count > 0)
            exporter.Headers = string.Join(',', options.Headers.Select(h => $"{h.Key}={Uri.EscapeDataString(h.Value)}"));
    }
}
