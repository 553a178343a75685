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
