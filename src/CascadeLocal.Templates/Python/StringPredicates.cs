using CascadeLocal.Templates.Evaluation;
using CascadeLocal.Templates.Text;
using CascadeLocal.Templates.Values;

namespace CascadeLocal.Templates.Python;

/// <summary>isalpha() and the like: whether every character is of a class. Most say no to the empty text.</summary>
internal static class StringPredicates
{
    public static void AddTo(BuiltinTable table)
    {
        Add("isalpha", CharacterClass.IsAlphabetic);
        Add("isalnum", CharacterClass.IsAlphanumeric);
        Add("isdecimal", CharacterClass.IsDecimal);
        Add("isdigit", CharacterClass.IsDigit);
        Add("isnumeric", CharacterClass.IsNumeric);
        Add("isspace", CharacterClass.IsSpace);
        table.Add("isascii", "", (_, v, _) => Value.Of(CodePoints.Of(Text(v)).All(c => c < 0x80)));
        table.Add("isprintable", "", (_, v, _) => Value.Of(CodePoints.Of(Text(v)).All(CharacterClass.IsPrintable)));
        table.Add("isidentifier", "", (_, v, _) => Value.Of(IsIdentifier(Text(v))));
        table.Add("isupper", "", (_, v, _) => Value.Of(IsUpper(Text(v))));
        table.Add("islower", "", (_, v, _) => Value.Of(IsLower(Text(v))));
        table.Add("istitle", "", (_, v, _) => Value.Of(IsTitle(Text(v))));

        void Add(string name, Func<int, bool> isOfClass) =>
            table.Add(name, "", (_, v, _) => Value.Of(v.IsTrue && CodePoints.Of(Text(v)).All(isOfClass)));
    }

    public static bool IsUpper(string text) =>
        CodePoints.Of(text).Any(CharacterClass.IsUpper) && !CodePoints.Of(text).Any(c => CharacterClass.IsLower(c) || CharacterClass.IsTitle(c));

    public static bool IsLower(string text) =>
        CodePoints.Of(text).Any(CharacterClass.IsLower) && !CodePoints.Of(text).Any(c => CharacterClass.IsUpper(c) || CharacterClass.IsTitle(c));

    /// <summary>Upper case where no letter is before, lower case where one is.</summary>
    private static bool IsTitle(string text)
    {
        bool followsCased = false, hasCased = false;
        foreach (int c in CodePoints.Of(text))
        {
            bool isHigh = CharacterClass.IsUpper(c) || CharacterClass.IsTitle(c), isLow = CharacterClass.IsLower(c);
            if ((isHigh && followsCased) || (isLow && !followsCased))
                return false;
            followsCased = isHigh || isLow;
            hasCased |= followsCased;
        }

        return hasCased;
    }

    private static bool IsIdentifier(string text) =>
        text.Length > 0 && CharacterClass.BeginsIdentifier(CodePoints.Of(text).First()) && CodePoints.Of(text).All(CharacterClass.IsInIdentifier);

    private static string Text(Value value) => ((StringValue)value).Text;
}
