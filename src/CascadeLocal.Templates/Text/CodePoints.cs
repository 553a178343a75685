using System.Text;

namespace CascadeLocal.Templates.Text;

/// <summary>Strings as Python sees them: by code points. Half a surrogate pair counts as one.</summary>
internal static class CodePoints
{
    /// <summary>Whether every UTF-16 unit is a code point, so that both count alike.</summary>
    public static bool AreUnits(string text) => text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0;

    public static int Count(string text) => AreUnits(text) ? text.Length : Of(text).Count();

    public static IEnumerable<int> Of(string text)
    {
        for (int i = 0; i < text.Length; i += Width(text, i))
            yield return Width(text, i) == 2 ? char.ConvertToUtf32(text[i], text[i + 1]) : text[i];
    }

    /// <summary>Strings of one code point each.</summary>
    public static IEnumerable<string> Each(string text)
    {
        int width;
        for (int i = 0; i < text.Length; i += width)
        {
            width = Width(text, i);
            yield return text.Substring(i, width);
        }
    }

    public static string ToText(int codePoint) =>
        codePoint < 0x10000 ? ((char)codePoint).ToString() : char.ConvertFromUtf32(codePoint);

    public static string Join(IEnumerable<int> codePoints)
    {
        StringBuilder text = new();
        foreach (int c in codePoints)
            _ = c < 0x10000 ? text.Append((char)c) : text.Append(char.ConvertFromUtf32(c));
        return text.ToString();
    }

    /// <summary>Where the code point of that number begins; the end of the text where it has no more than that.</summary>
    public static int Offset(string text, int index)
    {
        if (AreUnits(text))
            return Math.Min(index, text.Length);
        int offset = 0;
        while (index-- > 0 && offset < text.Length)
            offset += Width(text, offset);
        return offset;
    }

    /// <summary>The UTF-16 units of the code point that begins there.</summary>
    public static int Width(string text, int i) => char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1;
}
