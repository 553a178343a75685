using CascadeLocal.Tokenizers.Text;

namespace CascadeLocal.Tokenizers.Splitting;

/// <summary>Sets of characters that the pre-tokenizers name by their ranges.</summary>
internal static class Scripts
{
    private static readonly (int First, int Last)[] Han =
    [
        (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2EBEF), (0x2F800, 0x2FA1F),
    ];

    private static readonly (int First, int Last)[] AfmoeAsian =
    [
        (0x0E40, 0x0E7F), (0x0E80, 0x0EFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x2F00, 0x2FDF),
        (0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0xFAFF), (0xFF65, 0xFF9F),
    ];

    // Letters with two cases, as DeepSeek's first models list them.
    private static readonly (int First, int Last)[] Cased = Read(
        """
        41-5A 61-7A B5 C0-D6 D8-F6 F8-1BA 1BC-1BF 1C4-293 295-2AF 370-373 376-377 37B-37D 37F 386 388-38A 38C 38E-3A1 3A3-3F5
        3F7-481 48A-52F 531-556 10A0-10C5 13A0-13F5 13F8-13FD 1C90-1CBA 1CBD-1CBF 1D00-1D2B 1D6B-1D77 1D79-1D9A 1E00-1F15
        1F18-1F1D 1F20-1F45 1F48-1F4D 1F50-1F57 1F59 1F5B 1F5D 1F5F-1F7D 1F80-1FB4 1FB6-1FBC 1FBE 1FC2-1FC4 1FC6-1FCC 1FD0-1FD3
        1FD6-1FDB 1FE0-1FEC 1FF2-1FF4 1FF6-1FFC 2102 2107 210A-2113 2115 2119-211D 2124 2126 2128 212A-212D 212F-2134 2139
        213C-213F 2145-2149 214E 2183-2184 2C00-2C7B 2C7E-2CE4 2CEB-2CEE 2CF2-2CF3 A640-A66D A680-A69B A722-A76F A771-A787
        A78B-A78E AB70-ABBF FB00-FB06 FB13-FB17 FF21-FF3A FF41-FF5A 10400-1044F 104B0-104D3 104D8-104FB 10C80-10CB2 10CC0-10CF2
        118A0-118DF 1E900-1E943
        """);

    public static bool IsHan(CodePoint point) => IsIn(Han, point);

    /// <summary>Chinese and Japanese letters as DeepSeek-V3 splits them off.</summary>
    public static bool IsHanOrKana(CodePoint point) => point.Value is (>= 0x4E00 and <= 0x9FA5) or (>= 0x3040 and <= 0x30FF);

    /// <summary>Nearly everything from U+0800 up to the Chinese and the Korean letters.</summary>
    public static bool IsEastAsian(CodePoint point) =>
        !point.IsSpace && point.Value is (>= 0x0800 and <= 0x9FA5) or (>= 0xAC00 and <= 0xD7FF);

    public static bool IsCased(CodePoint point) => IsIn(Cased, point);

    public static bool IsDeepSeekPunctuation(CodePoint point) => !point.IsSpace && point.Value is
        (>= 0x21 and <= 0x2F) or (>= 0x3A and <= 0x7E) or (>= 0xFF01 and <= 0xFF0F) or (>= 0xFF1A and <= 0xFF5E)
        or (>= 0x2018 and <= 0x201F) or (>= 0x3000 and <= 0x3002);

    public static bool IsKorean(CodePoint point) => point.Value is (>= 0xAC00 and <= 0xD7A3) or (>= 0x3131 and <= 0x318E);

    public static bool IsBopomofo(CodePoint point) => point.Value is >= 0x3105 and <= 0x312F;

    public static bool IsYoutuPunctuation(CodePoint point) => point.Value is
        0xFF01 or 0x2026 or 0x201C or 0x201D or 0x2018 or 0x2019 or 0x2014 or 0xFF1A or 0xFF1B or 0xFF0C
        or (>= 0x3001 and <= 0x303F) or (>= 0xFE30 and <= 0xFE4F);

    public static bool IsAfmoeAsian(CodePoint point) => IsIn(AfmoeAsian, point);

    /// <summary>What is neither white space nor a mark that ends a sentence.</summary>
    public static bool IsBloomWord(CodePoint point) => !point.IsSpace && point.Value is not
        ('(' or ')' or '|' or '.' or ',' or '!' or '?' or 0x2026 or 0x3002 or 0xFF0C or 0x3001 or 0x0964 or 0x06D4 or 0x060C);

    private static bool IsIn((int First, int Last)[] ranges, CodePoint point)
    {
        int low = 0;
        int high = ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (point.Value < ranges[middle].First)
                high = middle - 1;
            else if (point.Value > ranges[middle].Last)
                low = middle + 1;
            else
                return true;
        }

        return false;
    }

    private static (int First, int Last)[] Read(string ranges) =>
    [
        .. ranges.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Select(range => range.Split('-'))
            .Select(ends => (Convert.ToInt32(ends[0], 16), Convert.ToInt32(ends[^1], 16))),
    ];
}
