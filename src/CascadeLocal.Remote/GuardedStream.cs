using CascadeLocal.Contracts;

namespace CascadeLocal.Remote;

/// <summary>
/// An answer's bytes as they come off the wire, within bounds: a source that is silent for too long is aborted, and one event that does not
/// end is refused before it fills the memory.
/// </summary>
/// <param name="inner">The body.</param>
/// <param name="abort">Cancelled when nothing comes for too long; what is read is read under its token.</param>
/// <param name="patience">How long nothing may come.</param>
/// <param name="name">The member.</param>
internal sealed class GuardedStream(Stream inner, CancellationTokenSource abort, Func<TimeSpan> patience, string name) : Stream
{
    /// <summary>The most bytes of one event.</summary>
    public const int MaxEventBytes = 1024 * 1024;

    private int _eventBytes;
    private bool _lineIsEmpty = true;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        abort.CancelAfter(patience());
        int count = await inner.ReadAsync(buffer, abort.Token);
        // What is done with the bytes is not the source's silence.
        abort.CancelAfter(Timeout.InfiniteTimeSpan);
        Count(buffer.Span[..count]);
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush() => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    // An event ends with an empty line.
    private void Count(ReadOnlySpan<byte> bytes)
    {
        while (bytes.IndexOf((byte)'\n') is >= 0 and int end)
        {
            bool isEmpty = _lineIsEmpty && bytes[..end] is [] or [(byte)'\r'];
            Add(end + 1);
            if (isEmpty)
                _eventBytes = 0;
            _lineIsEmpty = true;
            bytes = bytes[(end + 1)..];
        }

        Add(bytes.Length);
        _lineIsEmpty &= bytes is [] or [(byte)'\r'];
    }

    private void Add(int bytes)
    {
        _eventBytes += bytes;
        if (_eventBytes > MaxEventBytes)
            throw new EngineException($"'{name}' sent an event of more than {MaxEventBytes / 1024} KiB in the middle of its answer.");
    }
}
