using System.Buffers;
using System.Text;
using System.Text.Unicode;

using CascadeLocal.Tokenizers.Models;
using CascadeLocal.Tokenizers.Splitting;
using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.Tokenizers;

/// <summary>
/// Text to token ids by a model's own vocabulary; the ids are llama.cpp's. Whatever the text is, it takes time in proportion to its
/// length, and it can be cancelled. Immutable and thread-safe.
/// </summary>
public sealed class Tokenizer
{
    private readonly TokenModel _model;
    private readonly UserTokens _userTokens;
    private readonly int _mostBytesPerToken;

    private Tokenizer(TokenizerVocabulary vocabulary, TokenModel model)
    {
        _model = model;
        _userTokens = new(vocabulary);
        _mostBytesPerToken = model.MostBytesPerToken;
    }

    /// <summary>The names of the pre-tokenizers that are known: <c>tokenizer.ggml.pre</c>.</summary>
    public static IReadOnlyCollection<string> PreTokenizers => PreTokenizer.Names;

    /// <summary>Builds the tokenizer of a vocabulary.</summary>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <exception cref="TokenizerException">It is of a kind that is not known, or damaged.</exception>
    public static Tokenizer Create(TokenizerVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        if (vocabulary.Tokens.Count == 0)
            throw new TokenizerException("The vocabulary is empty.");
        return new(vocabulary, vocabulary.Model switch
        {
            "gpt2" => new BytePairModel(vocabulary, vocabulary.PreTokenizer),
            "gemma4" => new BytePairModel(vocabulary, "gemma4"),
            "hybriddna" => new DnaModel(vocabulary),
            "llama" => new SentencePieceModel(vocabulary),
            "bert" => new WordPieceModel(vocabulary),
            "t5" => new UnigramModel(vocabulary),
            "rwkv" => new RwkvModel(vocabulary),
            "plamo2" => new Plamo2Model(vocabulary),
            _ => throw new TokenizerException($"The tokenizer '{vocabulary.Model}' is not known."),
        });
    }

    /// <summary>
    /// Adds the tokens of a text as it stands between two control tokens: a space goes in front where the vocabulary wants one there.
    /// All of it is text; control tokens are never read from it.
    /// </summary>
    /// <param name="text">Any text; half a surrogate pair counts as U+FFFD.</param>
    /// <param name="ids">Where the ids are added.</param>
    /// <param name="atMost">The tokens that are of use: a text with more is not looked at to its end.</param>
    /// <param name="cancellationToken">Ends it within some milliseconds.</param>
    /// <returns>
    /// How many tokens the text has. More than <paramref name="atMost"/> means: at least so many, and what was added is of no use.
    /// </returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public int Tokenize(ReadOnlySpan<char> text, List<int> ids, int atMost = int.MaxValue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        cancellationToken.ThrowIfCancellationRequested();
        // A UTF-16 unit is one byte of UTF-8 at least.
        int atLeast = text.Length / _mostBytesPerToken;
        if (atLeast > atMost)
            return atLeast;
        TokenSink sink = new(ids, atMost, cancellationToken);
        _userTokens.Tokenize(text, _model, sink);
        return sink.Count;
    }
}

/// <summary>
/// The user-defined tokens, which are cut out of a text before anything else: of those that overlap the longest one, of equally long
/// ones that of the lower id, and of one token's places the leftmost.
/// </summary>
/// <param name="vocabulary">The vocabulary.</param>
/// <param name="placesAtATime">So many places are settled at once, where it can be: long runs need little memory.</param>
internal sealed class UserTokens(TokenizerVocabulary vocabulary, int placesAtATime = 1 << 12)
{
    private readonly TokenAutomaton _automaton = new(vocabulary.TextTokens().Where(token => vocabulary.KindOf(token.Id) == TokenKind.UserDefined));

    /// <summary>Adds the tokens of a text: those that are cut out, and what the model makes of the rest.</summary>
    public void Tokenize(ReadOnlySpan<char> text, TokenModel model, TokenSink sink) =>
        new Cutter(_automaton, placesAtATime, model.Begin(sink), sink).Cut(text);

    /// <summary>A place where some tokens end.</summary>
    /// <param name="End">Where, in the text.</param>
    /// <param name="Longest">The longest of them.</param>
    /// <param name="Taken">The one that is cut out, if any is.</param>
    private record struct Place(int End, int Longest, int Taken);

    private enum Mark : byte
    {
        Free,
        Taken,

        /// <summary>Free or taken, depending on what is not yet read.</summary>
        Open,
    }

    /// <summary>Cuts one text. The places not yet settled are held until no later token can overlap theirs.</summary>
    private sealed class Cutter(TokenAutomaton automaton, int placesAtATime, ITextSink rest, TokenSink sink)
    {
        private readonly List<Place> _places = [];
        private readonly MergeQueue _candidates = new();
        private Mark[] _marks = [];
        private int _start;
        private int _restStart;

        public void Cut(ReadOnlySpan<char> text)
        {
            int node = TokenAutomaton.Start;
            int mostPlaces = placesAtATime;
            for (int at = 0; at < text.Length && !sink.IsFull;)
            {
                if (node == TokenAutomaton.Start)
                {
                    int skipped = automaton.Skip(text[at..]);
                    if (skipped < 0)
                        break;
                    at += skipped;
                }

                sink.Work(1);
                node = automaton.Next(node, text[at++]);
                // Tokens that end later begin here at the earliest.
                int open = at - automaton.LengthOf(node);
                if (_places.Count > 0 && open >= _places[^1].End)
                    Settle(text, int.MaxValue);
                int ending = automaton.EndingWith(node);
                if (ending == TokenAutomaton.None)
                    continue;
                int start = at - automaton.LengthOf(ending);
                _start = _places.Count == 0 ? start : Math.Min(_start, start);
                _places.Add(new(at, ending, TokenAutomaton.None));
                if (_places.Count < mostPlaces)
                    continue;
                Settle(text, open);
                mostPlaces = Math.Max(placesAtATime, _places.Count * 2);
            }

            Settle(text, int.MaxValue);
            if (_restStart < text.Length && !sink.IsFull)
                rest.Take(text[_restStart..]);
        }

        /// <summary>Takes the tokens of the places, as far as those cannot change that end later.</summary>
        /// <param name="text">The text.</param>
        /// <param name="open">Where tokens that end later begin at the earliest.</param>
        private void Settle(ReadOnlySpan<char> text, int open)
        {
            if (_places.Count == 0)
                return;
            int settled = Choose(open);
            int count = 0;
            for (; count < _places.Count && _places[count].End <= settled; count++)
            {
                (int end, _, int node) = _places[count];
                if (node == TokenAutomaton.None || sink.IsFull)
                    continue;
                int start = end - automaton.LengthOf(node);
                if (_restStart < start)
                    rest.Take(text[_restStart..start]);
                sink.Add(automaton.TokenOf(node));
                _restStart = end;
            }

            _places.RemoveRange(0, count);
            _start = settled;
        }

        /// <summary>Marks the places that are taken; returns up to where that is final.</summary>
        private int Choose(int open)
        {
            (int lastEnd, int longest, _) = _places[^1];
            int length = lastEnd - _start;
            if (open >= lastEnd && automaton.LengthOf(longest) == length)
            {
                // One token is all of it.
                _places.Clear();
                _places.Add(new(lastEnd, longest, longest));
                return lastEnd;
            }

            if (_marks.Length < length)
                _marks = new Mark[length * 2];
            _marks.AsSpan(0, length).Clear();
            for (int place = 0; place < _places.Count; place++)
            {
                _places[place] = _places[place] with { Taken = TokenAutomaton.None };
                Offer(place, _places[place].Longest, _places[place].End - _start);
            }

            int settled = Math.Min(open, lastEnd);
            while (_candidates.TryTake(out MergeCandidate candidate))
            {
                sink.Work(1);
                int end = candidate.Left;
                Span<Mark> marks = _marks.AsSpan(end - candidate.Length - _start, candidate.Length);
                int taken = marks.LastIndexOf(Mark.Taken);
                if (taken >= 0)
                {
                    Offer(candidate.Right, candidate.Piece, candidate.Length - taken - 1);
                }
                else if (end > open || marks.Contains(Mark.Open))
                {
                    marks.Fill(Mark.Open);
                    settled = Math.Min(settled, end - candidate.Length);
                }
                else
                {
                    marks.Fill(Mark.Taken);
                    _places[candidate.Right] = _places[candidate.Right] with { Taken = candidate.Piece };
                }
            }

            return settled;
        }

        /// <summary>Lets a place ask for the longest of its tokens that has at most <paramref name="most"/> characters.</summary>
        private void Offer(int place, int node, int most)
        {
            node = automaton.Shortened(node, most);
            if (node != TokenAutomaton.None)
                _candidates.Add(automaton.RankOf(node), new(_places[place].End, place, automaton.LengthOf(node), node));
        }
    }
}

/// <summary>
/// Finds all places of some tokens in one pass (Aho and Corasick), however they overlap. Its state is a node: the longest end of what
/// was read that some token begins with.
/// </summary>
internal sealed class TokenAutomaton
{
    /// <summary>The state in which no token has begun.</summary>
    public const int Start = 0;

    /// <summary>No token.</summary>
    public const int None = -1;

    private readonly Dictionary<long, int> _children = [];
    private readonly List<Node> _nodes = [new(None, default)];
    private readonly SearchValues<char> _firstLetters;

    /// <param name="tokens">The tokens. One that is no text is left out: no text has it.</param>
    public TokenAutomaton(IEnumerable<(int Id, byte[] Text)> tokens)
    {
        // The longest come first, of equally long ones that of the lower id.
        (int Id, byte[] Text)[] ranked = [.. tokens.Where(token => Utf8.IsValid(token.Text)).OrderByDescending(token => token.Text.Length)];
        HashSet<char> firstLetters = [];
        for (int rank = 0; rank < ranked.Length; rank++)
        {
            string text = Encoding.UTF8.GetString(ranked[rank].Text);
            if (text.Length == 0)
                continue;
            firstLetters.Add(text[0]);
            Node last = _nodes[NodeOf(text)];
            last.Token = ranked[rank].Id;
            last.Rank = (uint)rank;
        }

        _firstLetters = SearchValues.Create([.. firstLetters]);
        Link();
    }

    /// <summary>How many characters come before the next one that some token begins with; -1 if there is none.</summary>
    public int Skip(ReadOnlySpan<char> text) => text.IndexOfAny(_firstLetters);

    /// <summary>The state after one more character.</summary>
    public int Next(int node, char letter)
    {
        while (true)
        {
            if (_children.TryGetValue(Key(node, letter), out int child))
                return child;
            if (node == Start)
                return Start;
            node = _nodes[node].Suffix;
        }
    }

    /// <summary>Characters of a node.</summary>
    public int LengthOf(int node) => _nodes[node].Length;

    /// <summary>The longest token that ends where a node ends, as its node; <see cref="None"/> if there is none.</summary>
    public int EndingWith(int node) => _nodes[node].Ending;

    /// <summary>The longest token of at most <paramref name="most"/> characters that ends where the token <paramref name="node"/> ends.</summary>
    public int Shortened(int node, int most)
    {
        while (node != None && _nodes[node].Length > most)
            node = _nodes[_nodes[node].Suffix].Ending;
        return node;
    }

    /// <summary>The id of a node that is a token.</summary>
    public int TokenOf(int node) => _nodes[node].Token;

    /// <summary>Where it stands in the order of tokens: the longest first.</summary>
    public uint RankOf(int node) => _nodes[node].Rank;

    private int NodeOf(string text)
    {
        int node = Start;
        foreach (char letter in text)
        {
            long key = Key(node, letter);
            if (!_children.TryGetValue(key, out int child))
            {
                child = _nodes.Count;
                _children.Add(key, child);
                _nodes.Add(new(node, letter));
            }

            node = child;
        }

        return node;
    }

    // A suffix is shorter than what it is one of, so shorter nodes are linked first.
    private void Link()
    {
        for (int node = 1; node < _nodes.Count; node++)
            _nodes[node].Length = _nodes[_nodes[node].Parent].Length + 1;
        foreach (int at in Enumerable.Range(1, _nodes.Count - 1).OrderBy(node => _nodes[node].Length))
        {
            Node node = _nodes[at];
            if (node.Parent != Start)
                node.Suffix = Next(_nodes[node.Parent].Suffix, node.Letter);
            node.Ending = node.Token != None ? at : _nodes[node.Suffix].Ending;
        }
    }

    private static long Key(int node, char letter) => ((long)node << 16) | letter;

    private sealed class Node(int parent, char letter)
    {
        public int Parent => parent;

        public char Letter => letter;

        public int Length { get; set; }

        public int Token { get; set; } = None;

        public uint Rank { get; set; }

        /// <summary>The longest node that this one ends with.</summary>
        public int Suffix { get; set; }

        /// <summary>The longest token that this one is or ends with.</summary>
        public int Ending { get; set; } = None;
    }
}
