namespace CascadeLocal.Server.Streaming;

/// <summary>
/// Reads the text of an answer for a stream. Before it waits, it flushes what was written; while it waits, it keeps the
/// stream alive with comment lines.
/// </summary>
internal sealed class ChunkReader : IAsyncDisposable
{
    private readonly CancellationTokenSource _cancel;
    private readonly IAsyncEnumerator<string> _chunks;
    private readonly EventStream _stream;
    private readonly PeriodicTimer _heartbeat;
    private Task? _tick;
    private long _flushesAtLastTick;

    public ChunkReader(
        IAsyncEnumerable<string> chunks,
        EventStream stream,
        TimeSpan heartbeat,
        CancellationToken cancellationToken)
    {
        _cancel = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _chunks = chunks.GetAsyncEnumerator(_cancel.Token);
        _stream = stream;
        _heartbeat = new PeriodicTimer(heartbeat);
    }

    public string Current => _chunks.Current;

    /// <summary>Goes to the next chunk; false at the end.</summary>
    public async ValueTask<bool> MoveNextAsync()
    {
        ValueTask<bool> next = _chunks.MoveNextAsync();
        if (next.IsCompleted && !_stream.IsFull)
            return await next;

        Task<bool> pending = next.AsTask();
        try
        {
            await _stream.FlushAsync(_cancel.Token);
            while (!pending.IsCompleted)
            {
                _tick ??= _heartbeat.WaitForNextTickAsync(_cancel.Token).AsTask();
                if (await Task.WhenAny(pending, _tick) == _tick)
                    await KeepAliveAsync();
            }
        }
        catch
        {
            // The enumerator may not be disposed while it moves.
            await _cancel.CancelAsync();
            await ((Task)pending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return await pending;
    }

    public async ValueTask DisposeAsync()
    {
        await _chunks.DisposeAsync();
        _heartbeat.Dispose();
        _cancel.Dispose();
    }

    private async ValueTask KeepAliveAsync()
    {
        await _tick!;
        _tick = null;
        if (_stream.Flushes == _flushesAtLastTick)
        {
            _stream.WriteComment();
            await _stream.FlushAsync(_cancel.Token);
        }

        _flushesAtLastTick = _stream.Flushes;
    }
}
