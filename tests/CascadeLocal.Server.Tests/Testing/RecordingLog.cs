using System.Collections.Concurrent;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Server.Tests.Testing;

/// <summary>Keeps what is logged.</summary>
internal sealed class RecordingLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Message, Exception? Fault)> _lines = new();

    /// <summary>What was logged as an error.</summary>
    public IEnumerable<(string Message, Exception? Fault)> Errors => _lines.Where(l => l.Level == LogLevel.Error).Select(l => (l.Message, l.Fault));

    /// <summary>What was logged as a warning.</summary>
    public IEnumerable<string> Warnings => _lines.Where(l => l.Level == LogLevel.Warning).Select(l => l.Message);

    /// <summary>What was logged at any level.</summary>
    public IEnumerable<string> Lines => _lines.Select(l => l.Message);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, formatter(state, exception), exception));

    public void Dispose()
    {
    }
}
