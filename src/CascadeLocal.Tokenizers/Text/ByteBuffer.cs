using System.Text;

namespace CascadeLocal.Tokenizers.Text;

/// <summary>Bytes that grow at the end and are used again for the next word.</summary>
internal sealed class ByteBuffer
{
    private byte[] _bytes = new byte[256];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Append(byte value)
    {
        Reserve(1);
        _bytes[Length++] = value;
    }

    public void Append(ReadOnlySpan<byte> values)
    {
        Reserve(values.Length);
        values.CopyTo(_bytes.AsSpan(Length));
        Length += values.Length;
    }

    /// <summary>Appends the UTF-8 of a scalar value.</summary>
    public void AppendRune(int value)
    {
        Reserve(4);
        if (value < 0x80)
            _bytes[Length++] = (byte)value;
        else
            Length += new Rune(value).EncodeToUtf8(_bytes.AsSpan(Length));
    }

    /// <summary>Appends the UTF-8 of a text; half a surrogate pair becomes U+FFFD.</summary>
    public void AppendText(ReadOnlySpan<char> text)
    {
        Reserve(Encoding.UTF8.GetByteCount(text));
        Length += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(Length));
    }

    /// <summary>Drops the first <paramref name="count"/> bytes.</summary>
    public void RemoveStart(int count)
    {
        Written[count..].CopyTo(_bytes);
        Length -= count;
    }

    private void Reserve(int more)
    {
        if (Length + more > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(Length + more, _bytes.Length * 2));
    }
}
