using System.Text.RegularExpressions;

using CascadeLocal.Trainer.Tasks.Vocabulary;

namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>
/// Operands as people choose them (<see cref="TaskFamily.AskFreely"/>): numbers of mixed sizes, many of them small or round, words of any
/// kind and length, single letters.
/// </summary>
internal static partial class FreeOperands
{
    // Of the phrasings that a word is in, from which on it is most often one token, whose letters have to be learnt by themselves.
    private const int PhrasingsOfCommonWord = 30;

    private static readonly Lazy<(string[][] Common, string[][] All)> WordsByLength = new(CollectWords);

    /// <summary>From 1 to 999.</summary>
    public static int Number(Random random) => random.Next(8) switch
    {
        0 or 1 => random.Between(1, 9),
        2 or 3 or 4 => random.Between(10, 99),
        5 => random.Between(100, 999),
        6 => 10 * random.Between(1, 20),
        _ => random.Between(1, 20),
    };

    /// <summary>Of fives, tens, fifties or hundreds, up to 1,000.</summary>
    public static int RoundNumber(Random random) => random.Next(4) switch
    {
        0 => 5 * random.Between(1, 20),
        1 => 10 * random.Between(1, 20),
        2 => 50 * random.Between(1, 10),
        _ => 100 * random.Between(1, 10),
    };

    /// <summary>Different numbers of mixed sizes.</summary>
    public static int[] Numbers(Random random, int count)
    {
        HashSet<int> numbers = [];
        while (numbers.Count < count)
            numbers.Add(Number(random));
        return [.. numbers];
    }

    /// <summary>How many items: up to <paramref name="most"/>, most often nearly so many, at least 2.</summary>
    public static int Count(Random random, int most) => random.Between(Math.Max(2, most - 3), Math.Max(2, most));

    /// <summary>Different items of one kind: letters, numbers, names or words.</summary>
    public static string[] Items(Random random, int count)
    {
        int kind = random.Next(6);
        HashSet<string> items = [];
        while (items.Count < count)
            items.Add(kind switch
            {
                0 when count <= 12 => $"{LetterTexts.Letter(random)}",
                1 when count <= 12 => $"{Number(random)}",
                2 => random.Pick(Names.All).ToLowerInvariant(),
                3 => random.Pick(CommonWords.All),
                _ => Word(random, 2, 9),
            });
        return [.. items];
    }

    /// <summary>The words of a sentence that somebody might write, at most twelve, without marks between them.</summary>
    public static string[] Sentence(Random random)
    {
        string sentence = random.Pick(random.Next(2) == 0 ? Asides.InFront : Asides.Behind).Replace(",", "", StringComparison.Ordinal);
        return (random.Next(2) == 0 ? sentence.TrimEnd('.', '!') : sentence).Split(' ');
    }

    /// <summary>A word in lower case, known or made up, of one of the lengths.</summary>
    public static string Word(Random random, int shortest, int longest)
    {
        int length = random.Between(shortest, longest);
        int kind = random.Next(5);
        string[][] words = kind < 3 ? WordsByLength.Value.Common : WordsByLength.Value.All;
        if (kind < 4 && length < words.Length && words[length].Length > 0)
            return random.Pick(words[length]);
        string made = "";
        while (made.Length < length)
            made += random.Pick(Unlisted.Syllables);
        return made[..length];
    }

    private static (string[][] Common, string[][] All) CollectWords()
    {
        ILookup<string, string> ofPhrasings = TaskCatalogue.Asked.Select(family => family.WrittenName).Distinct()
            .SelectMany(name => WrittenPhrasings.Of(name).Training)
            .SelectMany(phrasing => PlainWord().Matches(phrasing).Select(match => match.Value).Distinct())
            .ToLookup(word => word);
        IEnumerable<string> listed =
        [
            .. CommonWords.All,
            .. Antonyms.All.Select(pair => pair.Word), .. Plurals.All.Select(pair => pair.Result), .. PastTenses.All.Select(pair => pair.Result),
            .. Translations.All.Select(word => word.Foreign), .. Names.All, .. Countries.All.Select(country => country.Capital),
        ];
        return
        (
            ByLength(ofPhrasings.Where(word => word.Count() >= PhrasingsOfCommonWord).Select(word => word.Key)),
            ByLength(ofPhrasings.Select(word => word.Key)
                .Concat(listed.Select(word => word.ToLowerInvariant()).Where(word => PlainWord().Match(word).Length == word.Length)))
        );
    }

    private static string[][] ByLength(IEnumerable<string> words)
    {
        ILookup<int, string> byLength = words.Distinct().Order(StringComparer.Ordinal).ToLookup(word => word.Length);
        return [.. Enumerable.Range(0, byLength.Max(words => words.Key) + 1).Select(length => byLength[length].ToArray())];
    }

    [GeneratedRegex(@"(?<![A-Za-z{}'])[a-z]{2,16}(?![A-Za-z{}'])")]
    private static partial Regex PlainWord();
}
