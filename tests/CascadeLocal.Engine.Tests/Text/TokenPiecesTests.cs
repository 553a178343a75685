using CascadeLocal.Engine.Text;

using Xunit;

namespace CascadeLocal.Engine.Tests.Text;

public sealed class TokenPiecesTests
{
    [Fact]
    public void Pieces_are_the_vocabularys_bytes_and_control_tokens_have_none()
    {
        byte[][] vocabulary = [[1], [2, 3], [], [9], [.. Enumerable.Repeat((byte)7, 5000)], [4]];
        TokenPieces pieces = new(vocabulary.Length, (token, destination) => Copy(vocabulary[token], destination), token => token == 3);

        Assert.Equal(6, pieces.Count);
        for (int token = 0; token < vocabulary.Length; token++)
            Assert.Equal(token == 3 ? [] : vocabulary[token], pieces[token].ToArray());
    }

    [Fact]
    public void A_control_token_is_told_by_its_name_and_is_no_text()
    {
        byte[][] pieces = [[97], [], []];
        Vocabulary vocabulary = new(
            new TokenPieces(pieces.Length, (token, destination) => Copy(pieces[token], destination), token => token > 0),
            token => token == 2, new ControlToken(1, "<|fim|>"), new ControlToken(2, "<|end|>"));

        Assert.Equal(
            [("a", true), ("<|fim|>", false), ("<|end|>", false)],
            Enumerable.Range(0, 3).Select(token => vocabulary.Candidate(token, 0)).Select(candidate => (candidate.Text, candidate.IsText)));
    }

    private static int Copy(byte[] piece, Span<byte> destination)
    {
        if (piece.Length <= destination.Length)
            piece.CopyTo(destination);
        return piece.Length;
    }
}
