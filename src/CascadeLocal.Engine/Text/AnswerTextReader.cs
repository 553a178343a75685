using System.Buffers;
using System.Text;

namespace CascadeLocal.Engine.Text;

/// <summary>
/// The reader's side of an <see cref="AnswerText"/>: released bytes to text. An incomplete character waits for its other
/// bytes; bytes that are no UTF-8 become U+FFFD.
/// </summary>
internal sealed class AnswerTextReader(AnswerText text)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private int _position;

    /// <summary>The text that the bytes up to <paramref name="released"/> add; often empty.</summary>
    public string ReadTo(int released) => Decode(released, flush: false);

    /// <summary>The text that is left when the answer ends at <paramref name="end"/>.</summary>
    public string Finish(int end) => Decode(end, flush: true);

    private string Decode(int end, bool flush)
    {
        ReadOnlySpan<byte> bytes = text.Read(_position, end);
        _position = end;
        if (bytes.IsEmpty && !flush)
            return "";
        char[] chars = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(bytes.Length));
        int count = _decoder.GetChars(bytes, chars, flush);
        string result = new(chars, 0, count);
        ArrayPool<char>.Shared.Return(chars);
        return result;
    }
}
