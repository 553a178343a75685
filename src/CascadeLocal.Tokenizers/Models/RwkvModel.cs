using System.Text;

using CascadeLocal.Tokenizers.Text;
using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.Tokenizers.Models;

/// <summary>RWKV's vocabulary: the longest token that the rest of the text begins with, byte by byte.</summary>
internal sealed class RwkvModel : TokenModel
{
    private const int BytesAtATime = 1 << 16;

    private readonly Trie _trie;
    private readonly int? _unknown;
    private readonly int _longest;

    public RwkvModel(TokenizerVocabulary vocabulary)
    {
        _trie = new(vocabulary.TextTokens().Select(token => (token.Id, Unescape(token.Text))));
        _unknown = vocabulary.UnknownToken;
        _longest = vocabulary.LongestToken;
        bool hasAllBytes = Enumerable.Range(0, 256).All(value => _trie.Longest([(byte)value]).Length == 1);
        MostBytesPerToken = hasAllBytes || _unknown is not null ? _longest : int.MaxValue;
    }

    public override int MostBytesPerToken { get; }

    public override ITextSink Begin(TokenSink sink) => new Session(this, sink);

    /// <summary>The bytes of a token, which the file writes with \t, \n, \r, \xNN and a backslash before any other character.</summary>
    private static byte[] Unescape(ReadOnlySpan<byte> token)
    {
        List<byte> bytes = [];
        for (int at = 0; at < token.Length; at++)
        {
            if (token[at] != '\\')
            {
                bytes.Add(token[at]);
                continue;
            }

            if (++at == token.Length)
                break;
            switch (token[at])
            {
                case (byte)'t':
                    bytes.Add((byte)'\t');
                    break;
                case (byte)'n':
                    bytes.Add((byte)'\n');
                    break;
                case (byte)'r':
                    bytes.Add((byte)'\r');
                    break;
                case (byte)'x' when at + 2 < token.Length:
                    bytes.Add((byte)((Digit(token[at + 1]) << 4) + Digit(token[at + 2])));
                    at += 2;
                    break;
                default:
                    bytes.Add(token[at]);
                    break;
            }
        }

        return [.. bytes];
    }

    private static int Digit(byte letter) => letter >= 'a' ? letter - 'a' + 10 : letter - '0';

    private sealed class Session(RwkvModel model, TokenSink sink) : ITextSink
    {
        private readonly ByteBuffer _bytes = new();

        public void Take(ReadOnlySpan<char> text)
        {
            foreach (Rune rune in text.EnumerateRunes())
            {
                _bytes.AppendRune(rune.Value);
                if (_bytes.Length < BytesAtATime + model._longest)
                    continue;
                // Before a token is looked for, what is left is longer than the longest: none is cut.
                AddTokens(model._longest);
                if (sink.IsFull)
                    return;
            }

            AddTokens(0);
            _bytes.Clear();
        }

        /// <summary>Adds tokens until no more than <paramref name="keep"/> bytes are left.</summary>
        private void AddTokens(int keep)
        {
            ReadOnlySpan<byte> rest = _bytes.Written;
            while (rest.Length > keep && !sink.IsFull)
            {
                sink.Work(1);
                (int length, int id) = model._trie.Longest(rest);
                if (length > 0)
                    sink.Add(id);
                else if (model._unknown is int unknown)
                    sink.Add(unknown);
                rest = rest[Math.Max(1, length)..];
            }

            _bytes.RemoveStart(_bytes.Length - rest.Length);
        }
    }
}
