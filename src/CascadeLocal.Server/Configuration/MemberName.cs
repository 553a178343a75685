using System.Buffers;
using System.Globalization;
using System.Text;

using CascadeLocal.Engine.Gguf;

namespace CascadeLocal.Server.Configuration;

/// <summary>What a model may be called: names travel in headers and addresses, where letters of all scripts are encoded.</summary>
internal static class MemberName
{
    /// <summary>The name that stands for the whole pool.</summary>
    public const string Cascade = "cascade";

    private const int MaxLength = 128;

    private static readonly SearchValues<char> Marks = SearchValues.Create("._-:/@+");

    /// <exception cref="ConfigurationException">The name cannot be used.</exception>
    public static string Check(string name)
    {
        if (name.Length is 0 or > MaxLength || !name.EnumerateRunes().All(IsAllowed))
            throw new ConfigurationException($"The model name '{name}' must have 1 to {MaxLength} letters, digits or . _ - : / @ +");
        // In an address these stand for a folder, and every client takes them out.
        if (name.Split('/').Any(part => part is "." or ".."))
            throw new ConfigurationException($"The model name '{name}' must not be or hold . or .. between slashes: no address leads to it.");
        if (name == Cascade)
            throw new ConfigurationException($"A model cannot be called '{Cascade}': that name stands for the whole pool.");
        return name;
    }

    /// <summary>
    /// The file's name without its ending and, of a model in several files, without the part's number; what a name may not hold
    /// becomes a dash.
    /// </summary>
    /// <exception cref="ConfigurationException">The name cannot be used.</exception>
    public static string FromFile(string path)
    {
        string name = Path.GetFileName(SplitModel.BaseName(path)) ?? Path.GetFileNameWithoutExtension(path);
        return Check(string.Concat(name.EnumerateRunes().Select(letter => IsAllowed(letter) ? letter.ToString() : "-")));
    }

    private static bool IsAllowed(Rune letter) => letter.IsAscii
        ? Rune.IsLetterOrDigit(letter) || Marks.Contains((char)letter.Value)
        : Rune.IsLetter(letter) || Rune.GetUnicodeCategory(letter) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber;
}
