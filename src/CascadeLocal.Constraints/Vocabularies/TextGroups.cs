namespace CascadeLocal.Constraints.Vocabularies;

/// <summary>
/// Groups of characters, as bits. A token that is made of groups which a state takes again and again is allowed there, without a
/// look at its bytes.
/// </summary>
internal static class TextGroups
{
    /// <summary>Characters of more than one byte.</summary>
    public const int Wide = 1 << 12;

    /// <summary>Parts of characters.</summary>
    public const int Broken = 1 << 13;

    /// <summary>Not at the beginning of a character, so that nothing is said of what follows.</summary>
    public const int Inside = 1 << 14;

    private static readonly string[] Groups = ["\"", "\\", "\n", "\t\r", " ", "0123456789", "<", "[]", "{}", "`"];

    /// <summary>The groups of characters of one byte.</summary>
    public static IReadOnlyList<int> Narrow { get; } = [.. Enumerable.Range(0, 128).Select(character =>
    {
        int group = Array.FindIndex(Groups, members => members.Contains((char)character, StringComparison.Ordinal));
        return 1 << (group >= 0 ? group : character is < 0x20 or 0x7F ? 10 : 11);
    })];

    /// <summary>How many bytes follow a first byte of a character, and between what the first of them must lie; -1 for none at all.</summary>
    public static (int More, byte First, byte Last) Lead(byte lead) => lead switch
    {
        < 0x80 => (0, 0, 0),
        >= 0xC2 and <= 0xDF => (1, 0x80, 0xBF),
        0xE0 => (2, 0xA0, 0xBF),
        0xED => (2, 0x80, 0x9F),
        >= 0xE1 and <= 0xEF => (2, 0x80, 0xBF),
        0xF0 => (3, 0x90, 0xBF),
        >= 0xF1 and <= 0xF3 => (3, 0x80, 0xBF),
        0xF4 => (3, 0x80, 0x8F),
        _ => (-1, 0, 0),
    };
}
