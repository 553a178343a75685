using System.Buffers.Binary;
using System.Text;

using Microsoft.Win32.SafeHandles;

namespace CascadeLocal.Engine.Gguf;

/// <summary>
/// Reads little-endian values in order. Every read is checked against the file's size first, and what does not fit is a
/// <see cref="ModelLoadException"/> that names the field being read. The file is read, not mapped: a file that shrinks
/// meanwhile is then an error and no SIGBUS.
/// </summary>
internal sealed class GgufReader(string path, SafeFileHandle file, long length)
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private long _bufferStart;
    private int _bufferLength;

    /// <summary>The file's path, for messages.</summary>
    public string Path { get; } = path;

    /// <summary>Bytes of the file.</summary>
    public long Length { get; } = length;

    /// <summary>Where the next value starts; never beyond <see cref="Length"/>.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes from here to the end.</summary>
    public long Remaining => Length - Position;

    /// <summary>Continues at <paramref name="position"/>, which was read before.</summary>
    public void Seek(long position) => Position = position;

    public byte ReadByte(string field) => Take(1, field)[0];

    public ushort ReadUInt16(string field) => BinaryPrimitives.ReadUInt16LittleEndian(Take(2, field));

    public uint ReadUInt32(string field) => BinaryPrimitives.ReadUInt32LittleEndian(Take(4, field));

    public ulong ReadUInt64(string field) => BinaryPrimitives.ReadUInt64LittleEndian(Take(8, field));

    /// <summary>Reads a string's length and checks that its bytes are there.</summary>
    public int ReadStringLength(string field)
    {
        ulong bytes = ReadUInt64(field);
        // 1 GiB is also what llama.cpp takes at most.
        if (bytes > 1 << 30)
            throw Failure(field, $"a string of {bytes:N0} bytes");
        Require((long)bytes, field);
        return (int)bytes;
    }

    public string ReadString(string field, int longest)
    {
        int bytes = ReadStringLength(field);
        if (bytes > longest)
            throw Failure(field, $"{bytes:N0} bytes long; at most {longest:N0} are allowed");
        return ReadText(bytes, Encoding.UTF8, field);
    }

    /// <summary>Reads <paramref name="bytes"/> bytes as text.</summary>
    public string ReadText(int bytes, Encoding encoding, string field)
    {
        if (bytes <= _buffer.Length)
            return encoding.GetString(Take(bytes, field));
        return encoding.GetString(ReadBytes(bytes, field));
    }

    /// <summary>Reads <paramref name="bytes"/> bytes.</summary>
    public byte[] ReadBytes(int bytes, string field)
    {
        Require(bytes, field);
        byte[] result = new byte[bytes];
        for (int done = 0; done < bytes;)
        {
            int part = Math.Min(bytes - done, _buffer.Length);
            Take(part, field).CopyTo(result.AsSpan(done));
            done += part;
        }

        return result;
    }

    /// <summary>Passes over <paramref name="bytes"/> bytes that must be there.</summary>
    public void Skip(long bytes, string field)
    {
        Require(bytes, field);
        Position += bytes;
    }

    public ModelLoadException Failure(string field, string reason) => new(Path, field, reason);

    private void Require(long bytes, string field)
    {
        if (bytes > Remaining)
            throw Failure(field, $"the file ends at {Length:N0} but this needs bytes up to {Position + (decimal)bytes:N0}: truncated or corrupt");
    }

    /// <summary>The next bytes, valid until the next read.</summary>
    private ReadOnlySpan<byte> Take(int bytes, string field)
    {
        Require(bytes, field);
        if (Position < _bufferStart || Position + bytes > _bufferStart + _bufferLength)
            Fill(bytes, field);
        ReadOnlySpan<byte> result = _buffer.AsSpan((int)(Position - _bufferStart), bytes);
        Position += bytes;
        return result;
    }

    private void Fill(int atLeast, string field)
    {
        _bufferStart = Position;
        _bufferLength = 0;
        while (_bufferLength < atLeast)
        {
            int read = RandomAccess.Read(file, _buffer.AsSpan(_bufferLength), _bufferStart + _bufferLength);
            if (read == 0)
                throw Failure(field, "the file was cut short while it was read");
            _bufferLength += read;
        }
    }
}
