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

    private readonly ArrayBufferWriter<byte> _one = new(1024);
    private readonly RotatingFile _file;
    private readonly ILogger _logger;
    private readonly int _capacity;
    private readonly Channel<IDecisionLogLine> _lines;
    private readonly Task _loop;
    private bool _failing;
    private long _dropped;

    public LineWriter(RotatingFile file, ILogger logger, int capacity = Capacity)
    {
        _file = file;
        _logger = logger;
        _capacity = capacity;
        _lines = Channel.CreateBounded<IDecisionLogLine>(new BoundedChannelOptions(capacity) { SingleReader = true });
        _loop = Task.Run(LoopAsync);
    }

    /// <summary>Lines that were not written, or perhaps only in part.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Queues a line; false if it is dropped.</summary>
    /// <param name="line">The line.</param>
    /// <param name="leavesHalf">Whether it finds room only in half of the queue, so that no number of its kind costs others.</param>
    public bool TryWrite(IDecisionLogLine line, bool leavesHalf = false)
    {
        bool queued = !(leavesHalf && _lines.Reader.Count >= _capacity / 2) && _lines.Writer.TryWrite(line);
        if (!queued)
            Interlocked.Increment(ref _dropped);
        return queued;
    }

    /// <summary>Writes what is queued, then closes the file. What comes later is dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _loop;
    }

    private async Task LoopAsync()
    {
        ArrayBufferWriter<byte> batch = new(BatchBytes);
        await using Utf8JsonWriter json = new(_one, Options);
        while (await _lines.Reader.WaitToReadAsync())
        {
            int lines = 0;
            while (batch.WrittenCount < BatchBytes && _lines.Reader.TryRead(out IDecisionLogLine? line))
            {
                if (TryFormat(line, json, batch))
                    lines++;
            }

            await AppendAsync(batch.WrittenMemory, lines);
            batch.ResetWrittenCount();
        }
    }

    // A line that cannot be written out is a fault of this program, and no reason to lose those behind it.
    private bool TryFormat(IDecisionLogLine line, Utf8JsonWriter json, ArrayBufferWriter<byte> batch)
    {
        _one.ResetWrittenCount();
        json.Reset(_one);
        try
        {
            line.Write(json);
            json.Flush();
        }
        catch (Exception e)
        {
            Interlocked.Increment(ref _dropped);
            _logger.LogError(e, "A line of the decision log cannot be written out and is dropped");
            return false;
        }

        batch.Write(_one.WrittenSpan);
        batch.Write("\n"u8);
        return true;
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
        catch (Exception e)
        {
            Interlocked.Add(ref _dropped, lines);
            // Said once, not for every line.
            if (!_failing)
                _logger.LogError("The decision log cannot be written; its lines are dropped until it can: {Reason}", e.Message);
            _failing = true;
        }
    }
}
