using System.Buffers;
using System.Text;

using CascadeLocal.Tokenizers.Splitting;
using CascadeLocal.Tokenizers.Text;
using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.Tokenizers.Models;

/// <summary>Byte-pair encoding: words are cut into bytes, or characters, and merged by a list of pairs.</summary>
internal sealed class BytePairModel : TokenModel
{
    private readonly PreTokenizer _preTokenizer;
    private readonly Splitter[] _splitters;
    private readonly PieceTable _pieces;
    private readonly byte[][] _letters = new byte[256][];
    private readonly int[] _letterPieces = new int[256];
    private readonly WordCache _cache = new();

    /// <exception cref="TokenizerException">The pre-tokenizer is not known.</exception>
    public BytePairModel(TokenizerVocabulary vocabulary, string? preTokenizer)
    {
        _preTokenizer = PreTokenizer.Find(preTokenizer)
            ?? throw new TokenizerException($"The pre-tokenizer '{preTokenizer}' is not known.");
        _pieces = new(vocabulary);
        for (int value = 0; value < 256; value++)
        {
            _letters[value] = ByteAlphabet.LetterOf((byte)value);
            _letterPieces[value] = _pieces.Find(_letters[value]);
        }

        // A vocabulary of characters takes whole lines for words.
        _splitters = _preTokenizer.IsByteEncoded
            ? _preTokenizer.Splitters
            : [.. _preTokenizer.Splitters, new JoinedSplitter(new(_pieces.Texts))];
        bool hasAllBytes = _preTokenizer.IsByteEncoded && _letterPieces.All(piece => _pieces.IsToken(piece));
        MostBytesPerToken = hasAllBytes ? vocabulary.LongestToken : int.MaxValue;
    }

    public override int MostBytesPerToken { get; }

    public override ITextSink Begin(TokenSink sink) => new Session(this, sink);

    private static void EscapeSpaces(Span<CodePoint> points)
    {
        CodePoint escaped = CodePoint.Of(CodePoint.EscapedSpace);
        foreach (ref CodePoint point in points)
        {
            if (point.Value == ' ')
                point = escaped;
        }
    }

    /// <summary>Cuts the stretches of one text into words.</summary>
    private sealed class Session : ITextSink
    {
        private readonly PreTokenizer _preTokenizer;
        private readonly IPieceSink _first;

        public Session(BytePairModel model, TokenSink sink)
        {
            _preTokenizer = model._preTokenizer;
            _first = new Words(model, sink);
            foreach (Splitter splitter in model._splitters.AsEnumerable().Reverse())
                _first = new SplitterLink(splitter, _first);
        }

        public void Take(ReadOnlySpan<char> text)
        {
            CodePoint[] points = ArrayPool<CodePoint>.Shared.Rent(text.Length);
            try
            {
                int count = CodePoint.Decode(text, points);
                if (_preTokenizer.EscapesSpaces)
                    EscapeSpaces(points.AsSpan(0, count));
                _first.Take(points.AsSpan(0, count));
            }
            finally
            {
                ArrayPool<CodePoint>.Shared.Return(points);
            }
        }
    }

    /// <summary>Makes tokens of the words of one text.</summary>
    private sealed class Words(BytePairModel model, TokenSink sink) : IPieceSink
    {
        private readonly ByteBuffer _word = new();
        private readonly ByteBuffer _letters = new();
        private readonly Merger _merger = new();

        public bool Take(ReadOnlySpan<CodePoint> piece)
        {
            sink.Work(piece.Length);
            _word.Clear();
            CodePoint.AppendUtf8(piece, _word);
            if (!model._cache.TryAdd(_word.Written, sink))
            {
                int before = sink.Count;
                AddWord(piece);
                model._cache.Keep(_word.Written, sink, before);
            }

            return !sink.IsFull;
        }

        private void AddWord(ReadOnlySpan<CodePoint> piece)
        {
            ReadOnlySpan<byte> letters = _word.Written;
            if (model._preTokenizer.IsByteEncoded)
            {
                _letters.Clear();
                foreach (byte value in _word.Written)
                    _letters.Append(model._letters[value]);
                letters = _letters.Written;
            }

            bool mayBeToken = model._preTokenizer.TakesWholeWords
                || (model._preTokenizer.TakesWholeNewlines && piece[0].Value == '\n');
            if (mayBeToken && model._pieces.Find(letters) is var whole && model._pieces.IsToken(whole))
            {
                sink.Add(whole);
                return;
            }

            _merger.Clear();
            if (model._preTokenizer.IsByteEncoded)
                AddBytes();
            else
                AddCharacters(piece);
            foreach (Part part in _merger.Merge(letters, new Rule(model._pieces), sink))
                AddPart(letters.Slice(part.Start, part.Length), part.Piece);
        }

        private void AddBytes()
        {
            int start = 0;
            foreach (byte value in _word.Written)
            {
                int length = model._letters[value].Length;
                _merger.Add(start, length, model._letterPieces[value]);
                start += length;
            }
        }

        private void AddCharacters(ReadOnlySpan<CodePoint> piece)
        {
            int start = 0;
            foreach (CodePoint point in piece)
            {
                int length = new Rune(point.Value).Utf8SequenceLength;
                _merger.Add(start, length, model._pieces.Find(_word.Written.Slice(start, length)));
                start += length;
            }
        }

        /// <summary>A token, or one for each byte of its text; what has none is left out, as llama.cpp leaves it out.</summary>
        private void AddPart(ReadOnlySpan<byte> text, int piece)
        {
            if (model._pieces.IsToken(piece))
            {
                sink.Add(piece);
                return;
            }

            foreach (byte value in text)
            {
                int token = model._preTokenizer.IsByteEncoded ? model._pieces.Find([value]) : model._pieces.FindByte(value);
                if (model._pieces.IsToken(token))
                    sink.Add(token);
            }
        }
    }

    private readonly struct Rule(PieceTable pieces) : IMergeRule
    {
        public bool TryMerge(ReadOnlySpan<byte> word, in Part left, in Part right, out uint rank, out int piece) =>
            pieces.TryMerge(left.Piece, right.Piece, out rank, out piece);
    }
}
