using System.Globalization;

namespace CascadeLocal.Routing.Embedding;

/// <summary>
/// The Unicode data of BERT's tokeniser. The runtime's own cannot serve: the original knows an older Unicode, and a program
/// with invariant globalisation, as this is, does not decompose characters at all.
/// </summary>
internal static class CharacterTables
{
    /// <summary>No character decomposes into more.</summary>
    public const int MaximumParts = 4;

    private const int CodePoints = 0x110000;
    private static readonly CharacterClass[] Classes = ReadClasses();
    private static readonly Dictionary<int, int[]> Decompositions = ReadDecompositions();

    /// <summary>The class of a code point.</summary>
    public static CharacterClass ClassOf(int codePoint) => Classes[codePoint];

    /// <summary>Splits a character into what canonical decomposition leaves of it without accents.</summary>
    /// <param name="codePoint">The character.</param>
    /// <param name="parts">Room for <see cref="MaximumParts"/> code points.</param>
    /// <returns>How many parts there are.</returns>
    public static int Decompose(int codePoint, Span<int> parts)
    {
        if (codePoint is >= Hangul.First and <= Hangul.Last)
            return Hangul.Decompose(codePoint, parts);
        if (codePoint >= 0xC0 && Decompositions.TryGetValue(codePoint, out int[]? known))
        {
            known.CopyTo(parts);
            return known.Length;
        }

        parts[0] = codePoint;
        return 1;
    }

    private static CharacterClass[] ReadClasses()
    {
        CharacterClass[] classes = new CharacterClass[CodePoints];
        CharacterClass current = CharacterClass.Word;
        foreach (string entry in Entries("character-classes.txt"))
        {
            if (entry[0] == '[')
            {
                current = Enum.Parse<CharacterClass>(entry[1..^1], ignoreCase: true);
                continue;
            }

            int dash = entry.IndexOf('-', StringComparison.Ordinal);
            int first = Hexadecimal(dash < 0 ? entry : entry[..dash]);
            int last = Hexadecimal(entry[(dash + 1)..]);
            classes.AsSpan(first..(last + 1)).Fill(current);
        }

        return classes;
    }

    private static Dictionary<int, int[]> ReadDecompositions() =>
        Entries("decompositions.txt").Select(entry => entry.Split('=')).ToDictionary(
            pair => Hexadecimal(pair[0]),
            pair => pair[1].Split('+', StringSplitOptions.RemoveEmptyEntries).Select(Hexadecimal).ToArray());

    private static IEnumerable<string> Entries(string resource)
    {
        using StreamReader reader = new(typeof(CharacterTables).Assembly.GetManifestResourceStream(resource)!);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            foreach (string entry in line.Split(' '))
                yield return entry;
        }
    }

    private static int Hexadecimal(string digits) =>
        int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}

/// <summary>What a code point means to BERT's tokeniser.</summary>
internal enum CharacterClass : byte
{
    /// <summary>Part of a word.</summary>
    Word,

    /// <summary>Dropped without leaving a gap: control and format characters, private use, accents.</summary>
    Removed,

    /// <summary>Ends a word.</summary>
    Space,

    /// <summary>An ideograph, a word of its own.</summary>
    Cjk,

    /// <summary>A word of its own.</summary>
    Punctuation,
}

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
