using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;

using Microsoft.Extensions.Logging;

namespace CascadeLocal.Cascade.Decisions;

/// <summary>
/// Writes lines in the background. Whoever has one never waits: lines that come faster than they can be written, or that
/// cannot be written at all, are dropped and counted. Thread-safe.
/// </summary>
internal sealed class LineWriter : IAsyncDisposable
{
    private const int Capacity = 4_096;
    private const int BatchBytes = 64 << 10;

    // Text stays readable; this is a file for programs and people and never part of a web page.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly RotatingFile _file;
    private readonly ILogger _logger;
    private readonly Channel<IDecisionLogLine> _lines;
    private readonly Task _loop;
    private bool _failing;
    private long _dropped;

    public LineWriter(RotatingFile file, ILogger logger, int capacity = Capacity)
    {
        _file = file;
        _logger = logger;
        _lines = Channel.CreateBounded<IDecisionLogLine>(new BoundedChannelOptions(capacity) { SingleReader = true });
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>Lines that were not written, or perhaps only in part.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Queues a line; false if it is dropped.</summary>
    public bool TryWrite(IDecisionLogLine line)
    {
        bool queued = _lines.Writer.TryWrite(line);
        if (!queued)
            Interlocked.Increment(ref _dropped);
        return queued;
    }

    /// <summary>Writes what is queued, then closes the file. What comes later is dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _loop;
        await _file.DisposeAsync();
    }

    private async Task LoopAsync()
    {
        ArrayBufferWriter<byte> batch = new(BatchBytes);
        await using Utf8JsonWriter json = new(batch, Options);
        while (await _lines.Reader.WaitToReadAsync())
        {
            int lines = 0;
            while (batch.WrittenCount < BatchBytes && _lines.Reader.TryRead(out IDecisionLogLine? line))
            {
                json.Reset();
                line.Write(json);
                json.Flush();
                batch.Write("\n"u8);
                lines++;
            }

            await AppendAsync(batch.WrittenMemory, lines);
            batch.ResetWrittenCount();
        }
    }

    private async Task AppendAsync(ReadOnlyMemory<byte> batch, int lines)
    {
        try
        {
            await _file.AppendAsync(batch);
            if (_failing)
                _logger.LogInformation("The decision log is written again; {Dropped} line(s) were dropped", Dropped);
            _failing = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Interlocked.Add(ref _dropped, lines);
            // Said once, not for every line.
            if (!_failing)
                _logger.LogError("The decision log cannot be written; its lines are dropped until it can: {Reason}", e.Message);
            _failing = true;
        }
    }
}
