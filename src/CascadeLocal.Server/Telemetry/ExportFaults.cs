using System.Diagnostics.Tracing;
using System.Globalization;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Server.Telemetry;

/// <summary>Logs what goes wrong with exporting, which the exporter itself tells nobody; at most one line in a while.</summary>
internal sealed class ExportFaults(ILogger logger, TimeProvider clock) : EventListener
{
    private const string Exporter = "OpenTelemetry-Exporter-OpenTelemetryProtocol";

    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long _lastAt;

    /// <inheritdoc/>
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Exporter)
            EnableEvents(eventSource, EventLevel.Warning);
    }

    /// <inheritdoc/>
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventSource.Name != Exporter || !IsDue())
            return;
        string text = string.Format(CultureInfo.InvariantCulture, eventData.Message ?? eventData.EventName ?? "", [.. eventData.Payload ?? []]);
        logger.LogWarning("Metrics or traces could not be sent: {Reason}", text);
    }

    private bool IsDue()
    {
        lock (_lock)
        {
            if (_lastAt != 0 && clock.GetElapsedTime(_lastAt) < Silence)
                return false;
            _lastAt = clock.GetTimestamp();
            return true;
        }
    }
}
