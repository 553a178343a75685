using System.Buffers;
using System.Text;

using CascadeLocal.Tokenizers.Text;
using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.Tokenizers.Models;

/// <summary>T5's vocabularies: of all ways to cut a text into tokens, the one with the highest sum of scores.</summary>
internal sealed class UnigramModel : TokenModel
{
    private const float UnknownPenalty = 10;
    private const int BytesAtATime = 1 << 14;

    private readonly Trie _tokens;
    private readonly Trie _userDefined;
    private readonly JoinedPairs _pairs;
    private readonly CharsMap _charsMap;
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly int _unknown;
    private readonly bool _addsSpace;
    private readonly bool _mergesSpaces;

    /// <exception cref="TokenizerException">The charsmap is damaged.</exception>
    public UnigramModel(TokenizerVocabulary vocabulary)
    {
        float lowest = float.MaxValue;
        _scores = new double[vocabulary.Tokens.Count];
        List<(int Id, byte[] Text)> tokens = [];
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
        {
            TokenKind kind = vocabulary.KindOf(id);
            if (kind == TokenKind.Normal)
                lowest = Math.Min(lowest, vocabulary.ScoreOf(id));
            if (kind is TokenKind.Normal or TokenKind.UserDefined or TokenKind.Unused)
                tokens.Add((id, vocabulary.Tokens[id]));
            _scores[id] = kind == TokenKind.UserDefined ? 0 : vocabulary.ScoreOf(id);
        }

        _tokens = new(tokens);
        _userDefined = new(tokens.Where(token => vocabulary.KindOf(token.Id) == TokenKind.UserDefined));
        _unknownScore = lowest - UnknownPenalty;
        _unknown = vocabulary.UnknownTokenOr(2);
        _pairs = new(vocabulary.Tokens);
        _charsMap = new(vocabulary.PrecompiledCharsMap);
        _addsSpace = vocabulary.AddSpacePrefix ?? false;
        _mergesSpaces = vocabulary.RemoveExtraWhitespaces;
    }

    public override ITextSink Begin(TokenSink sink) => new Session(this, sink);

    private sealed class Session(UnigramModel model, TokenSink sink) : ITextSink
    {
        private readonly ByteBuffer _bytes = new();
        private readonly Normalized _normalized = new(model);
        private readonly Path _path = new(model, sink);

        public void Take(ReadOnlySpan<char> text)
        {
            _bytes.Clear();
            _bytes.AppendText(text);
            _normalized.Clear();
            _path.Clear();
            for (int at = 0; at < _bytes.Length;)
            {
                sink.Work(1);
                at += _normalized.Append(_bytes.Written[at..]);
                if (_normalized.Buffer.Length >= _path.WaitsFor)
                {
                    _path.AddUpToLastCut(_normalized.Buffer);
                    if (sink.IsFull)
                        return;
                }
            }

            _path.Add(_normalized.Buffer.Written);
        }
    }

    /// <summary>The text as the vocabulary writes it: characters mapped, spaces escaped, merged and put in front.</summary>
    private sealed class Normalized(UnigramModel model)
    {
        private bool _isInWord;
        private bool _hasPrefix;

        public ByteBuffer Buffer { get; } = new();

        public void Clear()
        {
            Buffer.Clear();
            _isInWord = false;
            _hasPrefix = false;
        }

        /// <summary>Appends what the start of <paramref name="text"/> becomes; returns how many bytes that start has.</summary>
        public int Append(ReadOnlySpan<byte> text)
        {
            // Where the text begins as a user-defined token does, it stays as it is.
            int length = UserDefinedPath(text);
            if (length > 0)
            {
                AppendBytes(text[..length]);
                return length;
            }

            length = model._charsMap.Match(text, out ReadOnlySpan<byte> replacement);
            if (length == 0)
            {
                // A user-defined token's way may have ended within a character: what is left of it is unknown, byte by byte.
                bool isWhole = Rune.DecodeFromUtf8(text, out _, out length) == OperationStatus.Done;
                replacement = isWhole ? text[..length] : "\uFFFD"u8;
                length = isWhole ? length : 1;
            }

            AppendBytes(replacement);
            return length;
        }

        private void AppendBytes(ReadOnlySpan<byte> bytes)
        {
            foreach (byte value in bytes)
            {
                if (value == ' ')
                {
                    _isInWord = false;
                    if (!model._mergesSpaces)
                        Buffer.AppendRune(CodePoint.EscapedSpace);
                    continue;
                }

                if (!_isInWord)
                {
                    _isInWord = true;
                    if ((model._addsSpace && !_hasPrefix) || model._mergesSpaces)
                    {
                        Buffer.AppendRune(CodePoint.EscapedSpace);
                        _hasPrefix = true;
                    }
                }

                Buffer.Append(value);
            }
        }

        private int UserDefinedPath(ReadOnlySpan<byte> text)
        {
            int node = Trie.Root;
            int length = 0;
            while (length < text.Length && (node = model._userDefined.Next(node, text[length])) != Trie.None)
                length++;
            return length;
        }
    }

    private record struct Step(int Token, int From, double Score);

    /// <summary>The best way so far (Viterbi). Its score goes on from part to part, so that rounding is that of the whole.</summary>
    private sealed class Path(UnigramModel model, TokenSink sink)
    {
        private readonly List<int> _reversed = [];
        private Step[] _steps = [];
        private double _score;
        private bool _endsUnknown;

        /// <summary>Bytes to wait for before the next part is looked at.</summary>
        public int WaitsFor { get; private set; }

        public void Clear()
        {
            _score = 0;
            _endsUnknown = false;
            WaitsFor = BytesAtATime;
        }

        /// <summary>Adds the tokens up to the last place where none can lie, and keeps the rest.</summary>
        public void AddUpToLastCut(ByteBuffer buffer)
        {
            int cut = LastCut(buffer.Written);
            if (cut == 0)
            {
                WaitsFor = buffer.Length * 2;
                return;
            }

            Add(buffer.Written[..cut]);
            buffer.RemoveStart(cut);
            WaitsFor = buffer.Length + BytesAtATime;
        }

        public void Add(ReadOnlySpan<byte> text)
        {
            if (text.IsEmpty)
                return;
            if (_steps.Length <= text.Length)
                _steps = new Step[text.Length + 1];
            Span<Step> steps = _steps.AsSpan(0, text.Length + 1);
            steps.Fill(new(model._unknown, 0, -double.MaxValue));
            steps[0].Score = _score;
            for (int at = 0; at < text.Length;)
            {
                sink.Work(1);
                int character = Math.Min(Utf8Length(text[at]), text.Length - at);
                Extend(text, steps, at, character);
                at += character;
            }

            _score = steps[^1].Score;
            Emit(steps);
        }

        private void Extend(ReadOnlySpan<byte> text, Span<Step> steps, int at, int character)
        {
            double score = steps[at].Score;
            bool isCharacterKnown = false;
            int node = Trie.Root;
            for (int end = at; end < text.Length;)
            {
                node = model._tokens.Next(node, text[end++]);
                if (node == Trie.None)
                    break;
                int token = model._tokens.ValueAt(node);
                if (token < 0)
                    continue;
                isCharacterKnown |= end - at == character;
                if (score + model._scores[token] > steps[end].Score)
                    steps[end] = new(token, at, score + model._scores[token]);
            }

            if (!isCharacterKnown && score + model._unknownScore > steps[at + character].Score)
                steps[at + character] = new(model._unknown, at, score + model._unknownScore);
        }

        private void Emit(ReadOnlySpan<Step> steps)
        {
            _reversed.Clear();
            for (int at = steps.Length - 1; at > 0; at = steps[at].From)
                _reversed.Add(steps[at].Token);
            for (int i = _reversed.Count - 1; i >= 0; i--)
            {
                bool isUnknown = _reversed[i] == model._unknown;
                if (!isUnknown || !_endsUnknown)
                    sink.Add(_reversed[i]);
                _endsUnknown = isUnknown;
            }
        }

        private int LastCut(ReadOnlySpan<byte> text)
        {
            // A character that is not whole yet ends no part.
            int second = StartBefore(text, text.Length);
            while (second > 0)
            {
                int first = StartBefore(text, second);
                Rune.DecodeFromUtf8(text[first..], out Rune before, out _);
                Rune.DecodeFromUtf8(text[second..], out Rune after, out _);
                if (!model._pairs.Contains(before.Value, after.Value) && second < text.Length - 4)
                    return second;
                second = first;
            }

            return 0;
        }

        private static int StartBefore(ReadOnlySpan<byte> text, int at)
        {
            do
                at--;
            while (at > 0 && (text[at] & 0xC0) == 0x80);
            return Math.Max(at, 0);
        }

        private static int Utf8Length(byte first) => first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    }
}
