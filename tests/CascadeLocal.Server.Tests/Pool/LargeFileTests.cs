using CascadeLocal.Cascade.Pool;
using CascadeLocal.Engine.Loading;
using CascadeLocal.Server.Tests.Testing;
using CascadeLocal.Tests.Common;

using Microsoft.Extensions.Logging.Abstractions;

using Xunit;

namespace CascadeLocal.Server.Tests.Pool;

/// <summary>Telling models apart costs the same whatever their size: a file of a tebibyte, of which nothing is on the disk.</summary>
public sealed class LargeFileTests : IDisposable
{
    private const long Length = 1L << 40;

    private readonly TemporaryFolder _folder = new();

    private string Model()
    {
        string path = _folder.File("large.gguf");
        using FileStream file = new(path, FileMode.Create);
        file.SetLength(Length);
        return path;
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_is_loaded_watched_and_seen_to_be_replaced_without_being_read_whole()
    {
        string path = Model();
        using ModelPool pool = new(
            [new MemberOptions { Name = "large", Model = new ModelOptions { Path = path } }],
            NullLogger.Instance,
            (_, _, _) => Task.FromResult<IMember>(new ScriptedMember()));
        await pool.LoadAsync(TestContext.Current.CancellationToken);
        PoolMember member = pool.Members[0];
        Assert.Equal(ModelContent.Fingerprint(path), member.Fingerprint);

        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(1));
        pool.CheckFiles();
        Assert.Equal(ModelFileState.Unchanged, member.FileState);

        await WriteAtAsync(path, Length - 1);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(2));
        pool.CheckFiles();
        Assert.Equal(ModelFileState.Replaced, member.FileState);
    }

    [Fact]
    public void The_fingerprint_reads_a_mebibyte_and_no_more()
    {
        using CountingStream file = new(new FileStream(Model(), FileMode.Open, FileAccess.Read, FileShare.Read, 0));

        string fingerprint = ModelContent.FingerprintOf(file);

        Assert.Equal((1L << 20, ModelContent.Fingerprint(_folder.File("large.gguf"))), (file.BytesRead, fingerprint));
    }

    private static async Task WriteAtAsync(string path, long position)
    {
        await using FileStream file = new(path, FileMode.Open, FileAccess.Write);
        file.Position = position;
        file.WriteByte(1);
    }

    private sealed class CountingStream(Stream inner) : Stream
    {
        public long BytesRead { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position
        {
            get => inner.Position;
            set => inner.Position = value;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read = inner.Read(buffer);
            BytesRead += read;
            return read;
        }

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
