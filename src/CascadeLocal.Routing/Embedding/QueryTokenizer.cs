using Microsoft.ML.Tokenizers;

namespace CascadeLocal.Routing.Embedding;

/// <summary>
/// Turns a text into the word pieces that the encoder takes. Cleaning and splitting is our own
/// (<see cref="BertNormalizer"/> says why); Microsoft.ML.Tokenizers finds the pieces of each word.
/// </summary>
internal sealed class QueryTokenizer
{
    /// <summary>
    /// Of a longer text only this many characters at either end are looked at, so that the time is bounded whatever comes.
    /// </summary>
    public const int EndCharacters = 8192;

    private readonly BertNormalizer _normalizer;
    private readonly WordPieceTokenizer _pieces;
    private readonly int _first;
    private readonly int _last;
    private readonly int _room;
    private readonly LongTextRule _longText;

    /// <param name="vocabulary">The lines of vocab.txt.</param>
    /// <param name="foldsCase">Whether the model is uncased.</param>
    /// <param name="maximumPieces">Most ids of a text, with the two at its ends.</param>
    /// <param name="longText">What is kept of a text with more.</param>
    /// <exception cref="EmbeddingException">A special token is missing.</exception>
    public QueryTokenizer(IReadOnlyList<string> vocabulary, bool foldsCase, int maximumPieces, LongTextRule longText)
    {
        _first = IdOf(vocabulary, "[CLS]");
        _last = IdOf(vocabulary, "[SEP]");
        IdOf(vocabulary, WordBuffer.Unknown);
        _normalizer = new(foldsCase);
        _room = maximumPieces - 2;
        _longText = longText;
        using MemoryStream lines = new();
        using (StreamWriter writer = new(lines, leaveOpen: true) { NewLine = "\n" })
        {
            foreach (string piece in vocabulary)
                writer.WriteLine(piece);
        }

        lines.Position = 0;
        _pieces = WordPieceTokenizer.Create(lines, new WordPieceOptions
        {
            UnknownToken = WordBuffer.Unknown,
            MaxInputCharsPerWord = 2 * WordBuffer.MaximumWord,  // UTF-16 units; WordBuffer counts the code points
        });
    }

    /// <summary>The ids of a text, from [CLS] to [SEP].</summary>
    public int[] Encode(string text)
    {
        IReadOnlyList<int> pieces = Pieces(text);
        if (pieces.Count <= _room)
            return [_first, .. pieces, _last];
        int head = _longText == LongTextRule.Head ? _room : _room / 2;
        return [_first, .. pieces.Take(head), .. pieces.Skip(pieces.Count - (_room - head)), _last];
    }

    /// <summary>The ids that a text would have if all of them were kept.</summary>
    public int Count(string text)
    {
        int count = Pieces(text).Count + 2;
        // What is not looked at is left out as well.
        bool isWhole = text.Length <= 2 * EndCharacters || string.IsNullOrWhiteSpace(text);
        return isWhole ? count : Math.Max(count, _room + 3);
    }

    private IReadOnlyList<int> Pieces(string text)
    {
        WordBuffer words = new();
        if (text.Length <= 2 * EndCharacters)
        {
            _normalizer.AppendWords(text, words);
        }
        else
        {
            _normalizer.AppendWords(text.AsSpan(0, EndCharacters), words);
            _normalizer.AppendWords(text.AsSpan(text.Length - EndCharacters), words);
        }

        return _pieces.EncodeToIds(words.ToString());
    }

    private static int IdOf(IReadOnlyList<string> vocabulary, string token)
    {
        for (int id = 0; id < vocabulary.Count; id++)
        {
            if (vocabulary[id] == token)
                return id;
        }

        throw new EmbeddingException($"the vocabulary has no {token}: it is not one of a BERT-family encoder");
    }
}
