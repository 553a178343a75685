using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace CascadeLocal.Remote;

/// <summary>
/// Says which part of a chunk's text each of its tokens released. The text is what counts; tokens tell their own in bytes or in
/// letters, not always truly: where the two disagree, what cannot be told apart belongs to the chunk's last token.
/// </summary>
internal sealed class TokenSplitter
{
    private readonly List<byte> _told = [];
    private readonly List<int> _toldEnds = [];
    private readonly List<byte> _whole = [];

    // Bytes of a character that the last chunk's tokens began and whose text is still to come.
    private int _begun;

    /// <summary>Splits one chunk.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="tokens">Its tokens.</param>
    /// <param name="ends">Filled with where each token's part of the text ends, in characters; never falling, the last is the text's end.</param>
    public void Split(string text, IReadOnlyList<WireToken> tokens, List<int> ends)
    {
        ends.Clear();
        CollectTold(tokens);
        CollectionsMarshal.SetCount(_whole, Encoding.UTF8.GetByteCount(text));
        Span<byte> whole = CollectionsMarshal.AsSpan(_whole);
        Encoding.UTF8.GetBytes(text, whole);

        ReadOnlySpan<byte> told = CollectionsMarshal.AsSpan(_told);
        if (told.StartsWith(whole) && IsBegunCharacter(told[whole.Length..]))
        {
            foreach (int end in _toldEnds)
                ends.Add(CharactersIn(whole[..Math.Min(end, whole.Length)]));
            _begun = told.Length - whole.Length;
        }
        else
        {
            SplitByLetters(text, tokens, ends);
            _begun = 0;
        }

        if (ends.Count > 0)
            ends[^1] = text.Length;
    }

    private void CollectTold(IReadOnlyList<WireToken> tokens)
    {
        _told.RemoveRange(0, _told.Count - _begun);
        _toldEnds.Clear();
        foreach (WireToken token in tokens)
        {
            if (token.Bytes is { } bytes)
            {
                foreach (int value in bytes)
                    _told.Add((byte)value);
            }
            else
            {
                string letters = token.Token ?? "";
                int start = _told.Count;
                CollectionsMarshal.SetCount(_told, start + Encoding.UTF8.GetByteCount(letters));
                Encoding.UTF8.GetBytes(letters, CollectionsMarshal.AsSpan(_told)[start..]);
            }

            _toldEnds.Add(_told.Count);
        }
    }

    private static bool IsBegunCharacter(ReadOnlySpan<byte> rest) =>
        rest.IsEmpty || (rest.Length <= 3 && Rune.DecodeFromUtf8(rest, out _, out _) == OperationStatus.NeedMoreData);

    // A character whose bytes go on in the next token belongs to that.
    private static int CharactersIn(ReadOnlySpan<byte> bytes)
    {
        if (Rune.DecodeLastFromUtf8(bytes, out _, out int begun) == OperationStatus.NeedMoreData)
            bytes = bytes[..^begun];
        return Encoding.UTF8.GetCharCount(bytes);
    }

    private static void SplitByLetters(string text, IReadOnlyList<WireToken> tokens, List<int> ends)
    {
        int at = 0;
        foreach (WireToken token in tokens)
        {
            if (token.Token is { Length: > 0 } own && text.AsSpan(at).StartsWith(own))
                at += own.Length;
            ends.Add(at);
        }
    }
}
