using System.Collections.Frozen;

namespace CascadeLocal.Routing.Judging.Arithmetic;

/// <summary>How a text is worded: length, doubt, repetition, whether it ends.</summary>
internal sealed class WordingFacts
{
    /// <summary>Words of those who have doubts, or who have found that the result is not what it should be.</summary>
    private static readonly FrozenSet<string> HedgeWords = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "however", "assume", "assuming", "assumed", "assumes", "note", "mistake", "wait", "actually", "seems", "seem", "unclear",
        "cannot", "can't", "impossible", "unfortunately", "sorry", "approximately", "roughly", "maybe", "perhaps", "probably",
        "might", "error", "incorrect", "corrected", "missing", "unknown", "ambiguous", "contradiction", "invalid", "doesn't",
        "don't", "isn't", "possible", "information", "correct", "round", "rounded", "rounding");

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Hedges =
        HedgeWords.GetAlternateLookup<ReadOnlySpan<char>>();

    public WordingFacts(string text, ScannedText scanned)
    {
        foreach (char c in text)
            Lines += c == '\n' ? 1 : 0;
        HashSet<(int, int, int)> trigrams = [];
        int before = 0;
        int last = 0;
        foreach (Token token in scanned.Tokens)
        {
            if (token.Kind != TokenKind.Word)
            {
                Breaks += token.Kind == TokenKind.Break ? 1 : 0;
                continue;
            }

            ReadOnlySpan<char> word = text.AsSpan(token.Start, token.End - token.Start);
            Words++;
            HedgeCount += Hedges.Contains(word) ? 1 : 0;
            int hash = HashOf(word);
            RepeatedTrigrams += Words > 2 && !trigrams.Add((before, last, hash)) ? 1 : 0;
            (before, last) = (last, hash);
        }

        ReadOnlySpan<char> trimmed = text.AsSpan().TrimEnd();
        EndsCleanly = !scanned.EndsInAnnotation && trimmed.Length > 0 && (char.IsAsciiDigit(trimmed[^1]) || ".!?)]}*%".Contains(trimmed[^1]));
    }

    public int Lines { get; }

    public int Words { get; }

    public int Breaks { get; }

    public int HedgeCount { get; }

    /// <summary>Three words in a row that the text has had before.</summary>
    public int RepeatedTrigrams { get; }

    public bool EndsCleanly { get; }

    // FNV-1a: string.GetHashCode differs from process to process.
    private static int HashOf(ReadOnlySpan<char> word)
    {
        uint hash = 2166136261;
        foreach (char c in word)
            hash = (hash ^ char.ToLowerInvariant(c)) * 16777619;
        return (int)hash;
    }
}
