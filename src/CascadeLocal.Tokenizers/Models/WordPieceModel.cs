using System.Text;

using CascadeLocal.Tokenizers.Text;
using CascadeLocal.Tokenizers.Vocabularies;

namespace CascadeLocal.Tokenizers.Models;

/// <summary>BERT's vocabularies: words are cut into the longest tokens from the left; a word that cannot be is unknown as a whole.</summary>
internal sealed class WordPieceModel : TokenModel
{
    private readonly Trie _trie;
    private readonly int _unknown;
    private readonly bool _lowercase;
    private readonly bool _stripAccents;

    public WordPieceModel(TokenizerVocabulary vocabulary)
    {
        _trie = new(vocabulary.TextTokens());
        _unknown = vocabulary.UnknownTokenOr(100);
        _lowercase = vocabulary.Lowercase ?? true;
        _stripAccents = vocabulary.StripAccents ?? _lowercase;
    }

    public override ITextSink Begin(TokenSink sink) => new Session(this, sink);

    private bool IsKept(CodePoint point) =>
        point.Value is not (0 or 0xFFFD) && point.Category != CharacterCategory.Control && !(_stripAccents && point.IsMark);

    private static bool IsWordByItself(CodePoint point) =>
        point.IsPunctuation
        || (point.Value < 0x7F && point.Category == CharacterCategory.Symbol)
        || point.Value is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF)
            or (>= 0x2A700 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    private sealed class Session(WordPieceModel model, TokenSink sink) : ITextSink
    {
        private readonly ByteBuffer _word = new();

        public void Take(ReadOnlySpan<char> text)
        {
            foreach (Rune rune in text.EnumerateRunes())
            {
                if (sink.IsFull)
                    return;
                sink.Work(1);
                CodePoint point = CodePoint.Of(model._stripAccents ? CharacterTable.FirstOfDecomposition(rune.Value) : rune.Value);
                if (point.IsSpace)
                {
                    EndWord();
                }
                else if (model.IsKept(point))
                {
                    bool isWord = IsWordByItself(point);
                    if (isWord)
                        EndWord();
                    if (_word.Length == 0)
                        _word.AppendRune(CodePoint.EscapedSpace);
                    _word.AppendRune(model._lowercase ? CharacterTable.ToLower(point.Value) : point.Value);
                    if (isWord)
                        EndWord();
                }
            }

            EndWord();
        }

        private void EndWord()
        {
            int before = sink.Count;
            for (ReadOnlySpan<byte> rest = _word.Written; !rest.IsEmpty;)
            {
                (int length, int id) = model._trie.Longest(rest);
                sink.Work(1);
                if (length == 0)
                {
                    sink.TakeBack(before);
                    sink.Add(model._unknown);
                    break;
                }

                sink.Add(id);
                rest = rest[length..];
            }

            _word.Clear();
        }
    }
}
