using System.Globalization;
using System.Text;

namespace CascadeLocal.Templates.Text;

/// <summary>The classes of characters that Python's string methods speak of.</summary>
internal static class CharacterClass
{
    public static bool IsSpace(int c) => c switch
    {
        ' ' or (>= '\t' and <= '\r') or (>= 0x1C and <= 0x1F) or 0x85 or 0xA0 => true,
        0x1680 or (>= 0x2000 and <= 0x200A) or 0x2028 or 0x2029 or 0x202F or 0x205F or 0x3000 => true,
        _ => false,
    };

    /// <summary>Where splitlines() cuts; a carriage return with a line feed counts once.</summary>
    public static bool IsLineEnd(char c) => c is (>= '\n' and <= '\r') or (>= '\u001C' and <= '\u001E') or '\u0085' or '\u2028' or '\u2029';

    public static bool IsPrintable(int c) => c == ' ' || Category(c) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    public static bool IsAlphabetic(int c) => Category(c) <= UnicodeCategory.OtherLetter;

    public static bool IsDecimal(int c) => Category(c) == UnicodeCategory.DecimalDigitNumber;

    public static bool IsDigit(int c) => IsDecimal(c) || CharUnicodeInfo.GetDigitValue(CodePoints.ToText(c), 0) >= 0;

    public static bool IsNumeric(int c) => IsDigit(c) || CharUnicodeInfo.GetNumericValue(CodePoints.ToText(c), 0) >= 0;

    public static bool IsAlphanumeric(int c) => IsAlphabetic(c) || IsNumeric(c);

    /// <summary>A regular expression's \w.</summary>
    public static bool IsWord(int c) => c == '_' || IsAlphanumeric(c);

    public static bool BeginsIdentifier(int c) => c == '_' || IsAlphabetic(c) || Category(c) == UnicodeCategory.LetterNumber;

    public static bool IsInIdentifier(int c) => BeginsIdentifier(c) || Category(c) is UnicodeCategory.DecimalDigitNumber
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.ConnectorPunctuation;

    public static bool IsUpper(int c) => Category(c) == UnicodeCategory.UppercaseLetter;

    public static bool IsTitle(int c) => Category(c) == UnicodeCategory.TitlecaseLetter;

    public static bool IsLower(int c) => Category(c) == UnicodeCategory.LowercaseLetter || c is 0xAA or 0xBA;

    public static bool IsCased(int c) => IsUpper(c) || IsLower(c) || IsTitle(c);

    public static UnicodeCategory Category(int c) => Rune.IsValid(c) ? Rune.GetUnicodeCategory(new Rune(c)) : UnicodeCategory.Surrogate;
}
