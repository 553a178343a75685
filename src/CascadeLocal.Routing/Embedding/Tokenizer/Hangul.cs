namespace CascadeLocal.Routing.Embedding.Tokenizer;

/// <summary>Korean syllables, which decompose by arithmetic (The Unicode Standard, section 3.12).</summary>
internal static class Hangul
{
    public const int First = 0xAC00;
    public const int Last = 0xD7A3;
    private const int Lead = 0x1100;
    private const int Vowel = 0x1161;
    private const int Tail = 0x11A7;
    private const int Vowels = 21;
    private const int Tails = 28;

    /// <summary>The two or three letters of a syllable.</summary>
    public static int Decompose(int syllable, Span<int> letters)
    {
        int index = syllable - First;
        letters[0] = Lead + (index / (Vowels * Tails));
        letters[1] = Vowel + (index / Tails % Vowels);
        letters[2] = Tail + (index % Tails);
        return letters[2] == Tail ? 2 : 3;
    }
}
