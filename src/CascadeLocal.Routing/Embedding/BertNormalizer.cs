using System.Globalization;
using System.Text;

namespace CascadeLocal.Routing.Embedding;

/// <summary>
/// What BERT does to a text before it looks for word pieces: it cleans it, folds accents and capitals, and sets
/// punctuation and ideographs apart.
/// </summary>
/// <param name="foldsCase">Whether capitals and accents are folded, as uncased models want it.</param>
internal sealed class BertNormalizer(bool foldsCase)
{
    /// <summary>Typed into a text, these are what they say, even inside a word.</summary>
    private static readonly string[] SpecialTokens = ["[CLS]", "[SEP]", "[MASK]", "[PAD]", WordBuffer.Unknown];

    /// <summary>Appends the words of a text.</summary>
    public void AppendWords(ReadOnlySpan<char> text, WordBuffer words)
    {
        for (int at = 0; at < text.Length;)
        {
            if (text[at] == '[' && SpecialTokenAt(text[at..]) is { } special)
            {
                words.AppendWord(special);
                at += special.Length;
                continue;
            }

            // Half a surrogate pair becomes U+FFFD, which is dropped.
            Rune.DecodeFromUtf16(text[at..], out Rune rune, out int consumed);
            at += consumed;
            AppendCharacter(rune, words);
        }

        words.EndWord();
    }

    private void AppendCharacter(Rune rune, WordBuffer words)
    {
        switch (ClassOf(rune))
        {
            case CharacterClass.Removed:
                break;
            case CharacterClass.Space:
                words.EndWord();
                break;
            case CharacterClass.Cjk:
                words.EndWord();
                AppendFolded(rune, words);
                words.EndWord();
                break;
            default:
                AppendFolded(rune, words);
                break;
        }
    }

    private void AppendFolded(Rune rune, WordBuffer words)
    {
        if (!foldsCase)
        {
            AppendPart(rune, words);
            return;
        }

        Span<int> parts = stackalloc int[CharacterTables.MaximumParts];
        foreach (int part in parts[..CharacterTables.Decompose(rune.Value, parts)])
            AppendPart(Rune.ToLowerInvariant(new(part)), words);
    }

    private void AppendPart(Rune rune, WordBuffer words)
    {
        bool isPunctuation = ClassOf(rune) == CharacterClass.Punctuation;
        if (isPunctuation)
            words.EndWord();
        words.Append(rune);
        if (isPunctuation)
            words.EndWord();
    }

    private CharacterClass ClassOf(Rune rune)
    {
        CharacterClass known = CharacterTables.ClassOf(rune.Value);
        bool isKeptAccent = known == CharacterClass.Removed && !foldsCase
            && Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark;
        return isKeptAccent ? CharacterClass.Word : known;
    }

    private static string? SpecialTokenAt(ReadOnlySpan<char> text)
    {
        foreach (string token in SpecialTokens)
        {
            if (text.StartsWith(token, StringComparison.Ordinal))
                return token;
        }

        return null;
    }
}
