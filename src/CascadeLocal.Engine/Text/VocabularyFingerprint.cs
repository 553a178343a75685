using System.Buffers.Binary;
using System.Security.Cryptography;

using LLama.Native;

namespace CascadeLocal.Engine.Text;

/// <summary>
/// A hash of what token ids mean: every token's text and type, and the ids of the special tokens. Unused tokens at the end,
/// with which some vocabularies are padded to a round size, mean nothing and are left out.
/// </summary>
internal static class VocabularyFingerprint
{
    private const LLamaTokenAttr Types = LLamaTokenAttr.Unknown | LLamaTokenAttr.Unused | LLamaTokenAttr.Normal
        | LLamaTokenAttr.Control | LLamaTokenAttr.UserDefined | LLamaTokenAttr.Byte;

    /// <summary>The fingerprint of a llama.cpp vocabulary.</summary>
    public static string Of(SafeLlamaModelHandle model)
    {
        SafeLlamaModelHandle.Vocabulary vocabulary = model.Vocab;
        LLamaToken?[] special =
        [
            vocabulary.BOS, vocabulary.EOS, vocabulary.EOT, vocabulary.Newline, vocabulary.Pad, vocabulary.SEP, vocabulary.Mask,
            vocabulary.InfillPrefix, vocabulary.InfillMiddle, vocabulary.InfillSuffix, vocabulary.DecoderStartToken,
        ];
        return Of(
            vocabulary.Count,
            (token, destination) => (int)model.TokenToSpan(token, destination, lstrip: 0, special: true),
            token => ((LLamaToken)token).GetAttributes(vocabulary) & Types,
            token => ((LLamaToken)token).IsEndOfGeneration(vocabulary),
            Array.ConvertAll(special, token => token is { } known ? (int)known : -1));
    }

    /// <summary>The fingerprint of what is given.</summary>
    /// <param name="count">Tokens in the vocabulary.</param>
    /// <param name="text">Writes a token's bytes if they fit; returns how many there are.</param>
    /// <param name="type">A token's type.</param>
    /// <param name="endsGeneration">Whether a token ends an answer.</param>
    /// <param name="special">The ids of the special tokens, each in its place; -1 for one that is missing.</param>
    /// <returns>64 hexadecimal digits.</returns>
    public static string Of(
        int count, TokenPieces.PieceSource text, Func<int, LLamaTokenAttr> type, Func<int, bool> endsGeneration,
        ReadOnlySpan<int> special)
    {
        while (count > 0 && type(count - 1) == LLamaTokenAttr.Unused)
            count--;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, count);
        foreach (int token in special)
            Append(hash, token);
        byte[] buffer = new byte[256];
        for (int token = 0; token < count; token++)
        {
            int length = text(token, buffer);
            if (length > buffer.Length)
            {
                buffer = new byte[length];
                length = text(token, buffer);
            }

            Append(hash, (int)type(token));
            Append(hash, endsGeneration(token) ? 1 : 0);

            // The length stands before the bytes, so that no text runs into the next.
            Append(hash, length);
            hash.AppendData(buffer, 0, length);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        hash.AppendData(bytes);
    }
}
