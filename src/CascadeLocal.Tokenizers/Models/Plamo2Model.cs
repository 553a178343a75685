using System.Text;

using CascadeLocal.Tokenizers.Text;
using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.Tokenizers.Models;

/// <summary>
/// PLaMo 2's vocabulary: of all ways to cut a text into tokens, the cheapest. Costs are whole numbers, and are summed from the end.
/// </summary>
internal sealed class Plamo2Model : TokenModel
{
    private const int UnknownCost = 10_000_000;
    private const int HighestCost = 20_000_000;
    private const int ByteOrderMark = 0xFEFF;

    private readonly Trie _trie;
    private readonly JoinedPairs _pairs;
    private readonly int[] _costs;
    private readonly int[] _bytes = new int[256];

    /// <exception cref="TokenizerException">A byte has no token.</exception>
    public Plamo2Model(TokenizerVocabulary vocabulary)
    {
        _costs = new int[vocabulary.Tokens.Count];
        List<(int Id, byte[] Text)> pieces = [];
        foreach ((int id, byte[] token) in vocabulary.TextTokens())
        {
            // Rounded away from zero, as C rounds.
            double cost = Math.Round(-vocabulary.ScoreOf(id) * 1e4, MidpointRounding.AwayFromZero);
            if (vocabulary.KindOf(id) == TokenKind.Byte || !(cost < HighestCost))
                continue;
            _costs[id] = (int)Math.Max(cost, int.MinValue);
            pieces.Add((id, token));
        }

        _trie = new(pieces);
        _pairs = new(pieces.Select(piece => piece.Text));
        TokenTable tokens = new(vocabulary);
        for (int value = 0; value < 256; value++)
        {
            _bytes[value] = tokens.FindByte((byte)value);
            if (_bytes[value] < 0)
                throw new TokenizerException($"The vocabulary has no token for the byte 0x{value:X2}.");
        }

        MostBytesPerToken = vocabulary.LongestToken;
    }

    public override int MostBytesPerToken { get; }

    public override ITextSink Begin(TokenSink sink) => new Session(this, sink);

    private record struct Step(int Token, int Next, long Cost);

    /// <summary>Cuts the stretches of one text where no token lies, and looks for the cheapest way between two cuts.</summary>
    private sealed class Session(Plamo2Model model, TokenSink sink) : ITextSink
    {
        private readonly ByteBuffer _chunk = new();
        private Step[] _steps = new Step[64];

        public void Take(ReadOnlySpan<char> text)
        {
            if (text[0] == ByteOrderMark)
                text = text[1..];
            int last = 0;
            foreach (Rune rune in text.EnumerateRunes())
            {
                sink.Work(1);
                if (_chunk.Length > 0 && !model._pairs.Contains(last, rune.Value))
                {
                    EndChunk();
                    if (sink.IsFull)
                        return;
                }

                _chunk.AppendRune(rune.Value);
                last = rune.Value;
            }

            EndChunk();
        }

        private void EndChunk()
        {
            ReadOnlySpan<byte> text = _chunk.Written;
            if (_steps.Length <= text.Length)
                _steps = new Step[text.Length * 2];
            _steps[text.Length].Cost = 0;
            int end = text.Length;
            for (int at = text.Length - 1; at >= 0; at--)
            {
                if ((text[at] & 0xC0) == 0x80)
                    continue;
                sink.Work(1);
                _steps[at] = Best(text, at, end);
                end = at;
            }

            for (int at = 0; at < text.Length; at = _steps[at].Next)
            {
                if (_steps[at].Token >= 0)
                {
                    sink.Add(_steps[at].Token);
                    continue;
                }

                foreach (byte value in text[at.._steps[at].Next])
                    sink.Add(model._bytes[value]);
            }

            _chunk.Clear();
        }

        // Of equal costs the longest token wins.
        private Step Best(ReadOnlySpan<byte> text, int at, int character)
        {
            Step best = new(-1, character, _steps[character].Cost + UnknownCost);
            int node = Trie.Root;
            for (int end = at; end < text.Length;)
            {
                node = model._trie.Next(node, text[end++]);
                if (node == Trie.None)
                    break;
                int token = model._trie.ValueAt(node);
                if (token >= 0 && _steps[end].Cost + model._costs[token] is var cost && cost <= best.Cost)
                    best = new(token, end, cost);
            }

            return best;
        }
    }
}
