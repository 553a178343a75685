namespace CascadeLocal.Server.Configuration;

/// <summary>How metrics and traces are sent to a collector.</summary>
public enum OtlpProtocol
{
    /// <summary>Protobuf over HTTP.</summary>
    Http,

    /// <summary>gRPC.</summary>
    Grpc,
}

/// <summary>What cascade.json says about telemetry.</summary>
public sealed record TelemetrySettings
{
    /// <summary>The collector's base address; null for none.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Headers that are sent with everything, such as a key.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>How it is sent.</summary>
    public OtlpProtocol? Protocol { get; init; }
}

/// <summary>
/// What is sent to which collector. OpenTelemetry's own variables (OTEL_*) are read by its exporter and win over the file: what they say is
/// null or empty here.
/// </summary>
public sealed record TelemetryOptions
{
    /// <summary>The collector's base address; null where a variable says it.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Headers that are sent with everything; empty where a variable says them.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>How it is sent; null where a variable says it.</summary>
    public OtlpProtocol? Protocol { get; init; }

    /// <summary>Whether metrics are sent.</summary>
    public bool SendsMetrics { get; init; } = true;

    /// <summary>Whether traces are sent.</summary>
    public bool SendsTraces { get; init; } = true;

    /// <summary>Lays the environment over the file; null where neither names a collector, and where the environment forbids it.</summary>
    /// <param name="file">What cascade.json says.</param>
    /// <param name="variable">Reads a variable.</param>
    internal static TelemetryOptions? Resolve(TelemetrySettings file, Func<string, string?> variable)
    {
        bool IsSet(params ReadOnlySpan<string> names)
        {
            foreach (string name in names)
            {
                if (variable(name) is { Length: > 0 })
                    return true;
            }

            return false;
        }

        bool isEndpointSet = IsSet("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT");
        bool isDisabled = string.Equals(variable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase);
        return isDisabled || (!isEndpointSet && file.Endpoint is null) ? null : new()
        {
            Endpoint = isEndpointSet ? null : file.Endpoint,
            Headers = IsSet("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_METRICS_HEADERS")
                ? new Dictionary<string, string>()
                : file.Headers,
            Protocol = IsSet("OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL")
                ? null
                : file.Protocol ?? OtlpProtocol.Http,
            SendsMetrics = variable("OTEL_METRICS_EXPORTER") != "none",
            SendsTraces = variable("OTEL_TRACES_EXPORTER") != "none",
        };
    }
}
