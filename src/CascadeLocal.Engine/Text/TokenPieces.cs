namespace CascadeLocal.Engine.Text;

/// <summary>
/// The bytes of every token, copied out of the vocabulary once, so that turning a token into text is a span and no
/// native call. Control tokens have none.
/// </summary>
internal sealed class TokenPieces
{
    private readonly byte[] _bytes;
    private readonly int[] _offsets;

    /// <summary>Copies the pieces of <paramref name="count"/> tokens.</summary>
    /// <param name="count">Tokens in the vocabulary.</param>
    /// <param name="getPiece">Writes a token's bytes if they fit; returns how many there are.</param>
    /// <param name="isControl">Whether a token is a command to the model and never text.</param>
    public TokenPieces(int count, PieceSource getPiece, Func<int, bool> isControl)
    {
        _offsets = new int[count + 1];
        byte[] bytes = new byte[Math.Max(256, count * 8)];
        int end = 0;
        for (int token = 0; token < count; token++)
        {
            if (!isControl(token))
                end += Copy(token, getPiece, ref bytes, end);
            _offsets[token + 1] = end;
        }

        _bytes = bytes.AsSpan(0, end).ToArray();
    }

    /// <summary>Writes the bytes of <paramref name="token"/> if they fit into <paramref name="destination"/>; returns how many there are.</summary>
    public delegate int PieceSource(int token, Span<byte> destination);

    /// <summary>Tokens in the vocabulary.</summary>
    public int Count => _offsets.Length - 1;

    /// <summary>The bytes of <paramref name="token"/>; not always whole characters.</summary>
    public ReadOnlySpan<byte> this[int token] => _bytes.AsSpan(_offsets[token].._offsets[token + 1]);

    private static int Copy(int token, PieceSource getPiece, ref byte[] bytes, int start)
    {
        int length = getPiece(token, bytes.AsSpan(start));
        if (length > bytes.Length - start)
        {
            Array.Resize(ref bytes, checked(Math.Max(bytes.Length * 2, start + length)));
            length = getPiece(token, bytes.AsSpan(start));
        }

        return length;
    }
}
