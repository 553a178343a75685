using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CascadeLocal.Trainer.Tasks;

/// <summary>
/// How people type a phrasing: with slips in its longer words, without marks, in capitals, with a word or a sentence in front
/// or behind, the operand in quotes. For training only; slots stay whole.
/// </summary>
internal static partial class Typos
{
    private const int ShortestWord = 4;

    private static readonly string[] Rows = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

    private static readonly string[] NumberWords =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
        "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ];

    private static readonly string[] Tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

    private static readonly string[] Openings =
    [
        "hey ", "hi ", "Hi, ", "Hey, ", "hello, ", "Hello! ", "please ", "Please, ", "pls ", "ok ", "OK so ", "so ", "um ", "well, ",
        "quick question: ", "Quick one: ", "Question: ", "and ", "now ", "next: ", "tell me, ",
        "I wonder, ", "just curious, ", "right, ", "yo ", "Excuse me, ", "sorry, ", "For school: ",
    ];

    private static readonly string[] Closings =
    [
        " please", " pls", " plz", " thanks", " Thanks!", " thx", " ty", " Thank you.", " quickly", " asap", " if you can", " right now",
        " for me", " ok?", " I forgot.", " I'm not sure.", " It's for school.", " cheers", " :)", " !", " ?", "??", " Many thanks.",
    ];

    /// <summary>The phrasing, most often as it is.</summary>
    public static string Draw(Random random, string phrasing)
    {
        if (random.Next(4) == 0)
            phrasing = Slip(random, phrasing);
        if (random.Next(10) == 0)
            phrasing = Mark().Replace(phrasing, "");
        if (random.Next(12) == 0)
            phrasing = Quoted(random, phrasing);
        if (random.Next(12) == 0)
            phrasing = Shouted(random, phrasing);
        // A message without a word would become what stands in front of it.
        if (random.Next(6) == 0 && phrasing.Any(char.IsLetter))
            phrasing = random.Pick(Openings) + (random.Next(2) == 0 ? phrasing : LowerFirst(phrasing));
        if (random.Next(6) == 0)
            phrasing += random.Pick(Closings);
        // What has no operand is a message, whose kind a sentence beside it may change.
        if (random.Next(8) == 0 && Slot().IsMatch(phrasing))
            phrasing = WithAside(random, phrasing);
        return phrasing;
    }

    /// <summary>A number of up to two digits in words, the hundred too; anything else as it is.</summary>
    public static string SpellNumber(Random random, string operand)
    {
        if (!int.TryParse(operand, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number > 100)
            return operand;
        if (number == 100)
            return "a hundred";
        if (number < NumberWords.Length)
            return NumberWords[number];
        string tens = Tens[number / 10 - 2];
        return number % 10 == 0 ? tens : $"{tens}{(random.Next(2) == 0 ? '-' : ' ')}{NumberWords[number % 10]}";
    }

    /// <summary>A list, most often as it is, or with blanks, bare commas or an "and" between its items; anything else as it is.</summary>
    public static string DrawList(Random random, string operand)
    {
        string[] items = operand.Split(", ");
        if (items.Length < 2 || !items.All(item => Item().IsMatch(item)))
            return operand;
        bool isOfWords = items.All(item => !item.Contains(' ', StringComparison.Ordinal));
        return random.Next(12) switch
        {
            0 => $"{string.Join(", ", items[..^1])} and {items[^1]}",
            1 => $"{string.Join(", ", items[..^1])}, and {items[^1]}",
            2 => string.Join(',', items),
            3 or 4 when isOfWords => string.Join(' ', items),
            _ => operand,
        };
    }

    private static string WithAside(Random random, string phrasing) => random.Next(2) == 0
        ? $"{random.Pick(Asides.InFront)} {phrasing}"
        : $"{phrasing}{(char.IsLetterOrDigit(phrasing[^1]) || phrasing[^1] == '}' ? ". " : " ")}{random.Pick(Asides.Behind)}";

    // The whole phrasing in capitals, or a word of it.
    private static string Shouted(Random random, string phrasing)
    {
        Match[] words = [.. Word().Matches(phrasing).Where(match => match.Length >= ShortestWord)];
        if (words.Length == 0 || random.Next(2) == 0)
            return phrasing.ToUpperInvariant();
        Match word = random.Pick(words);
        return phrasing[..word.Index] + word.Value.ToUpperInvariant() + phrasing[(word.Index + word.Length)..];
    }

    private static string Quoted(Random random, string phrasing)
    {
        string quote = random.Next(3) == 0 ? "'" : "\"";
        return phrasing.Contains(quote, StringComparison.Ordinal) ? phrasing : Slot().Replace(phrasing, slot => quote + slot.Value + quote);
    }

    // One or two slips: two letters swapped, one left out, one doubled, or the key beside it.
    private static string Slip(Random random, string phrasing)
    {
        StringBuilder text = new(phrasing);
        for (int slips = random.Between(1, 2); slips > 0; slips--)
        {
            Match[] words = [.. Word().Matches(text.ToString()).Where(match => match.Length >= ShortestWord)];
            if (words.Length == 0)
                break;
            Match word = random.Pick(words);
            int at = word.Index + random.Between(1, word.Length - 2);
            switch (random.Next(4))
            {
                case 0:
                    (text[at], text[at + 1]) = (text[at + 1], text[at]);
                    break;
                case 1:
                    text.Remove(at, 1);
                    break;
                case 2:
                    text.Insert(at, text[at]);
                    break;
                default:
                    text[at] = Beside(random, text[at]);
                    break;
            }
        }
        return text.ToString();
    }

    private static char Beside(Random random, char letter)
    {
        string? row = Rows.FirstOrDefault(keys => keys.Contains(letter, StringComparison.Ordinal));
        if (row is null)
            return letter;
        int at = row.IndexOf(letter, StringComparison.Ordinal) + (random.Next(2) == 0 ? -1 : 1);
        return row[Math.Clamp(at, 0, row.Length - 1)];
    }

    private static string LowerFirst(string phrasing) => char.ToLowerInvariant(phrasing[0]) + phrasing[1..];

    [GeneratedRegex("^[A-Za-z0-9]+( [0-9]+)?$")]
    private static partial Regex Item();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Slot();

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"[.,!?;:'""]")]
    private static partial Regex Mark();
}
