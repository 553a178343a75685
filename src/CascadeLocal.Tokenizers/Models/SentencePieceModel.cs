using System.Text;

using CascadeLocal.Tokenizers.Text;
using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.Tokenizers.Models;

/// <summary>SentencePiece's byte-pair vocabularies: two neighbours merge where the text of both is a token, the best score first.</summary>
internal sealed class SentencePieceModel : TokenModel
{
    private readonly TokenTable _tokens;
    private readonly JoinedPairs _pairs;
    private readonly uint[] _ranks;
    private readonly int[] _bytes = new int[256];
    private readonly bool _addsSpace;
    private readonly WordCache _cache = new();

    public SentencePieceModel(TokenizerVocabulary vocabulary)
    {
        _tokens = new(vocabulary);
        _pairs = new(vocabulary.Tokens);
        _ranks = [.. Enumerable.Range(0, vocabulary.Tokens.Count).Select(id => RankOf(vocabulary.ScoreOf(id)))];
        _addsSpace = vocabulary.AddSpacePrefix ?? true;
        MostBytesPerToken = vocabulary.LongestToken;
        for (int value = 0; value < 256; value++)
        {
            int id = _tokens.FindByte((byte)value);
            _bytes[value] = id >= 0 ? id : _tokens.Find([(byte)value]) is >= 0 and int letter ? letter : vocabulary.UnknownToken ?? 0;
        }
    }

    public override int MostBytesPerToken { get; }

    public override ITextSink Begin(TokenSink sink) => new Session(this, sink);

    // Higher scores come first; as whole numbers, so that one comparison orders them. 0 and -0 are equal.
    private static uint RankOf(float score)
    {
        uint bits = BitConverter.SingleToUInt32Bits(score + 0f);
        return (bits & 0x8000_0000) != 0 ? bits : ~bits & 0x7FFF_FFFF;
    }

    /// <summary>Cuts the stretches of one text where no token lies, and merges what is between two cuts.</summary>
    private sealed class Session(SentencePieceModel model, TokenSink sink) : ITextSink
    {
        private readonly ByteBuffer _chunk = new();
        private readonly List<byte> _lengths = [];
        private readonly Merger _merger = new();
        private int _last;

        public void Take(ReadOnlySpan<char> text)
        {
            if (model._addsSpace)
                Append(CodePoint.EscapedSpace);
            foreach (Rune rune in text.EnumerateRunes())
            {
                Append(rune.Value == ' ' ? CodePoint.EscapedSpace : rune.Value);
                if (sink.IsFull)
                    return;
            }

            EndChunk();
        }

        private void Append(int point)
        {
            if (_lengths.Count > 0 && !model._pairs.Contains(_last, point))
                EndChunk();
            int start = _chunk.Length;
            _chunk.AppendRune(point);
            _lengths.Add((byte)(_chunk.Length - start));
            _last = point;
        }

        private void EndChunk()
        {
            sink.Work(_lengths.Count);
            if (!model._cache.TryAdd(_chunk.Written, sink))
            {
                int before = sink.Count;
                AddTokens();
                model._cache.Keep(_chunk.Written, sink, before);
            }

            _chunk.Clear();
            _lengths.Clear();
        }

        private void AddTokens()
        {
            _merger.Clear();
            int start = 0;
            foreach (byte length in _lengths)
            {
                _merger.Add(start, length, -1);
                start += length;
            }

            foreach (Part part in _merger.Merge(_chunk.Written, new Rule(model), sink))
            {
                ReadOnlySpan<byte> text = _chunk.Written.Slice(part.Start, part.Length);
                int id = part.Piece >= 0 ? part.Piece : model._tokens.Find(text);
                if (id >= 0)
                {
                    sink.Add(id);
                    continue;
                }

                foreach (byte value in text)
                    sink.Add(model._bytes[value]);
            }
        }
    }

    private readonly struct Rule(SentencePieceModel model) : IMergeRule
    {
        public bool TryMerge(ReadOnlySpan<byte> word, in Part left, in Part right, out uint rank, out int piece)
        {
            piece = model._tokens.Find(word.Slice(left.Start, left.Length + right.Length));
            rank = piece >= 0 ? model._ranks[piece] : 0;
            return piece >= 0;
        }
    }
}
