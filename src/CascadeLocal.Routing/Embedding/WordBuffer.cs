using System.Text;

namespace CascadeLocal.Routing.Embedding;

/// <summary>Collects words, each followed by one space.</summary>
internal sealed class WordBuffer
{
    /// <summary>Code points of the longest word that is not unknown as a whole.</summary>
    public const int MaximumWord = 100;

    public const string Unknown = "[UNK]";

    private readonly StringBuilder _words = new();
    private int _start;
    private int _length;

    /// <summary>Adds a code point to the word that is being built.</summary>
    public void Append(Rune rune)
    {
        Span<char> characters = stackalloc char[2];
        _words.Append(characters[..rune.EncodeToUtf16(characters)]);
        _length++;
    }

    /// <summary>Ends the word that is being built, if there is one.</summary>
    public void EndWord()
    {
        if (_length == 0)
            return;
        if (_length > MaximumWord)
        {
            _words.Length = _start;
            _words.Append(Unknown);
        }

        Close();
    }

    /// <summary>Adds a whole word as it is.</summary>
    public void AppendWord(string word)
    {
        EndWord();
        _words.Append(word);
        Close();
    }

    public override string ToString() => _words.ToString();

    private void Close()
    {
        _words.Append(' ');
        _start = _words.Length;
        _length = 0;
    }
}
