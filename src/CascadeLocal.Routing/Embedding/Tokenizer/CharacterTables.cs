using System.Globalization;

namespace CascadeLocal.Routing.Embedding.Tokenizer;

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
