using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

using CascadeLocal.Server.Hosting;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cli.Terminal;

/// <summary>
/// A log of lines, written in the background. Whoever logs never waits: lines that a full disk does not take, or that come faster than
/// somebody reads them, are dropped and counted, and the next one that can be written says how many. Thread-safe.
/// </summary>
internal sealed class LineLog : ILoggerProvider
{
    private const int Capacity = 4_096;

    // What is queued at the end is written; whoever does not read it does not hold up the end.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly BlockingCollection<string> _lines = new(Capacity);
    private readonly Meter _meter = new(CascadeServer.MeterName);
    private readonly Stream _output;
    private readonly Thread _writer;
    private long _dropped;
    private long _told;
    private bool _isCutShort;

    public LineLog(Stream output)
    {
        _output = output;
        _meter.CreateObservableCounter("cascade.log.dropped", () => Dropped, "{line}", "Lines of the program's own log that could not be written.");
        // A thread of its own: it may wait for a reader as long as it likes.
        _writer = new Thread(WriteAll) { IsBackground = true, Name = "log" };
        _writer.Start();
    }

    /// <summary>Lines that were not written, or perhaps only in part.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public ILogger CreateLogger(string categoryName) => new LineLogger(this);

    public void Dispose()
    {
        _lines.CompleteAdding();
        _writer.Join(Farewell);
        _meter.Dispose();
    }

    private void Add(string line)
    {
        bool isQueued;
        try
        {
            isQueued = _lines.TryAdd(line);
        }
        catch (InvalidOperationException)
        {
            isQueued = false;  // the log is closed
        }

        if (!isQueued)
            Interlocked.Increment(ref _dropped);
    }

    private void WriteAll()
    {
        foreach (string line in _lines.GetConsumingEnumerable())
        {
            long dropped = Dropped;
            string report = dropped == _told ? "" : $"{Now()}warning: {dropped - _told} line(s) of this log could not be written{Environment.NewLine}";
            if (TryWrite(report + line))
                _told = dropped;
            else
                Interlocked.Increment(ref _dropped);
        }
    }

    private bool TryWrite(string text)
    {
        try
        {
            _output.Write(Encoding.UTF8.GetBytes(_isCutShort ? Environment.NewLine + text : text));
            _isCutShort = false;
            return true;
        }
        catch (IOException)
        {
            // What the disk took of it must not be glued to the next line.
            _isCutShort = true;
            return false;
        }
    }

    private static string Now() => DateTime.Now.ToString("HH:mm:ss.fff ", CultureInfo.InvariantCulture);

    /// <summary>Time, level where it matters, message; an exception follows on its own lines.</summary>
    private sealed class LineLogger(LineLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            string level = logLevel switch
            {
                LogLevel.Warning => "warning: ",
                LogLevel.Error or LogLevel.Critical => "error: ",
                _ => "",
            };
            // A client's path may hold anything; a line of the log stays one line.
            string message = formatter(state, null).ReplaceLineEndings(" ");
            string fault = exception is null ? "" : exception + Environment.NewLine;
            log.Add($"{Now()}{level}{message}{Environment.NewLine}{fault}");
        }
    }
}
