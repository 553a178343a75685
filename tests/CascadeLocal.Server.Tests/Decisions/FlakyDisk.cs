using System.Text;

namespace CascadeLocal.Server.Tests.Decisions;

/// <summary>One file on a disk that can be full, or so slow that a write waits until the test lets it go on.</summary>
internal sealed class FlakyDisk : IDisposable
{
    private readonly MemoryStream _content = new();

    /// <summary>Bytes that still find room; null: as many as come.</summary>
    public int? Room { get; set; }

    /// <summary>What a write waits for.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Ends when a write has begun.</summary>
    public TaskCompletionSource Writing { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Text => Encoding.UTF8.GetString(_content.ToArray());

    public Task<Stream> Open(string path) => Task.FromResult<Stream>(new FlakyStream(this));

    public void Dispose() => _content.Dispose();

    private sealed class FlakyStream(FlakyDisk disk) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => true;

        public override long Length => disk._content.Length;

        public override long Position { get => disk._content.Position; set => disk._content.Position = value; }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            disk.Writing.TrySetResult();
            await disk.Gate;
            int written = Math.Min(buffer.Length, disk.Room ?? int.MaxValue);
            disk.Room -= written;
            disk._content.Write(buffer.Span[..written]);
            if (written < buffer.Length)
                throw new IOException("No space left on device");
        }

        public override int Read(byte[] buffer, int offset, int count) => disk._content.Read(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => disk._content.Seek(offset, origin);

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
