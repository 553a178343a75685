using System.Globalization;
using System.Text;

namespace CascadeLocal.Tokenizers.Text;

/// <summary>A Unicode scalar value with what the tables say of it, so that splitting a text looks nothing up twice.</summary>
internal readonly struct CodePoint
{
    /// <summary>The letter in which most vocabularies write a space.</summary>
    public const int EscapedSpace = 0x2581;

    private const int CategoryShift = 21;
    private const int ValueMask = (1 << CategoryShift) - 1;
    private const int CategoryMask = 0b111;
    private const int SpaceBit = 1 << (CategoryShift + 3);

    private readonly int _packed;

    private CodePoint(int packed) => _packed = packed;

    /// <summary>The scalar value.</summary>
    public int Value => _packed & ValueMask;

    public CharacterCategory Category => (CharacterCategory)((_packed >> CategoryShift) & CategoryMask);

    public bool IsSpace => (_packed & SpaceBit) != 0;

    public bool IsLetter => Category == CharacterCategory.Letter;

    public bool IsNumber => Category == CharacterCategory.Number;

    public bool IsMark => Category == CharacterCategory.Mark;

    public bool IsNewline => Value is '\r' or '\n';

    public bool IsAsciiDigit => Value is >= '0' and <= '9';

    public bool IsAsciiLetter => Value is (>= 'A' and <= 'Z') or (>= 'a' and <= 'z');

    public bool IsPunctuation => Category == CharacterCategory.Punctuation;

    /// <summary>What <c>\p{S}</c> takes in llama.cpp's expressions: the tilde is missing there.</summary>
    public bool IsSymbol => Category == CharacterCategory.Symbol && Value != '~';

    public static CodePoint Of(int value) => new(value | (CharacterTable.Packed(value) << CategoryShift));

    /// <summary>Decodes a text; half a surrogate pair becomes U+FFFD.</summary>
    /// <returns>How many code points were written.</returns>
    public static int Decode(ReadOnlySpan<char> text, Span<CodePoint> destination)
    {
        int count = 0;
        foreach (Rune rune in text.EnumerateRunes())
            destination[count++] = Of(rune.Value);
        return count;
    }

    /// <summary>Appends the UTF-8 of <paramref name="points"/>.</summary>
    public static void AppendUtf8(ReadOnlySpan<CodePoint> points, ByteBuffer destination)
    {
        foreach (CodePoint point in points)
            destination.AppendRune(point.Value);
    }
}

/// <summary>General categories as far as tokenizers tell them apart.</summary>
internal enum CharacterCategory
{
    /// <summary>Not assigned, or private.</summary>
    Other,
    Number,
    Letter,
    Separator,
    Mark,
    Punctuation,
    Symbol,
    Control,
}

/// <summary>
/// llama.cpp's Unicode tables. The runtime's own are of another version of Unicode, and a program with invariant
/// globalisation decomposes nothing.
/// </summary>
internal static class CharacterTable
{
    private const int CodePoints = 0x110000;
    private const byte Space = 1 << 3;

    private static readonly byte[] Classes = new byte[CodePoints];
    private static readonly Dictionary<int, int> Lowercase = [];
    private static readonly Dictionary<int, int> Decompositions = [];

    static CharacterTable()
    {
        using StreamReader reader = new(typeof(CharacterTable).Assembly.GetManifestResourceStream("characters.txt")!);
        string section = "";
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            if (line.StartsWith('['))
            {
                section = line[1..^1];
                continue;
            }

            foreach (string entry in line.Split(' '))
                Read(section, entry);
        }
    }

    /// <summary>The category in the three low bits, and whether it is white space in the fourth.</summary>
    public static int Packed(int codePoint) => Classes[codePoint];

    /// <summary>The small letter of a capital; any other code point itself.</summary>
    public static int ToLower(int codePoint) => Lowercase.TryGetValue(codePoint, out int lower) ? lower : codePoint;

    /// <summary>The first part of the canonical decomposition: a letter without its accents.</summary>
    public static int FirstOfDecomposition(int codePoint) =>
        codePoint >= 0xC0 && Decompositions.TryGetValue(codePoint, out int first) ? first : codePoint;

    // first, first-last, first=value or first-last=value
    private static void Read(string section, string entry)
    {
        string[] parts = entry.Split('=');
        string[] ends = parts[0].Split('-');
        int first = Hexadecimal(ends[0]);
        int last = Hexadecimal(ends[^1]);
        for (int at = first; at <= last; at++)
        {
            switch (section)
            {
                case "space":
                    Classes[at] |= Space;
                    break;
                case "lowercase":
                    Lowercase[at] = Hexadecimal(parts[1]) + at - first;
                    break;
                case "decomposition":
                    Decompositions[at] = Hexadecimal(parts[1]);
                    break;
                default:
                    Classes[at] = (byte)Enum.Parse<CharacterCategory>(section, ignoreCase: true);
                    break;
            }
        }
    }

    private static int Hexadecimal(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
