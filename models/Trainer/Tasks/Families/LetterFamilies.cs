using CascadeLocal.Trainer.Tasks.Working;

namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>Work on the letters of a word: the level is its length.</summary>
internal static class LetterFamilies
{
    // The letters of each word that is one token have to be learnt by heart, as sums are.
    private const double WordsOfOneToken = 2;

    private static readonly (int Shortest, int Longest)[] ReverseLengths = [(3, 4), (5, 6), (7, 9), (20, 24)];
    private static readonly (int Shortest, int Longest)[] CountLengths = [(4, 5), (8, 9), (13, 16)];
    private static readonly (int Shortest, int Longest)[] UpperLengths = [(3, 5), (7, 9), (12, 16)];
    private static readonly (int Shortest, int Longest)[] SortLengths = [(3, 4), (5, 6), (7, 9)];
    private static readonly (int Shortest, int Longest)[] SpellLengths = [(4, 6), (9, 11), (16, 20)];

    public static TaskFamily Reverse { get; } = new()
    {
        Name = "reverse",
        Topic = Topics.Letters,
        Levels = ReverseLengths.Length,
        Difficulty = Difficulty.Medium,
        Practice = WordsOfOneToken,
        Phrasings = Wording.Question(
            ["reverse \"{0}\".", "write \"{0}\" backwards.", "what is \"{0}\" backwards?", "reverse the letters of \"{0}\"."],
            heldOut: "read \"{0}\" from the end to the start."),
        Ask = (random, level) => OfText(Draw(random, ReverseLengths[level - 1]), text => new string([.. text.Reverse()])),
        AskFreely = (random, level) => OfText(DrawFreely(random, ReverseLengths[level - 1]), text => new string([.. text.Reverse()])),
    };

    public static TaskFamily Count { get; } = new()
    {
        Name = "count-letter",
        Topic = Topics.Letters,
        Levels = CountLengths.Length,
        Difficulty = Difficulty.Medium,
        Practice = WordsOfOneToken,
        Phrasings = Wording.Question(
            [
                "count \"{0}\" in \"{1}\" step by step.",
                "count the letter \"{0}\" in \"{1}\" and show each step.",
                "how many letters \"{0}\" are in \"{1}\"? Show each step.",
                "go through \"{1}\" letter by letter and count \"{0}\".",
            ],
            heldOut: "explain how many \"{0}\" there are in \"{1}\"."),
        Ask = (random, level) => Counting(random, level),
        AskFreely = (random, level) =>
        {
            string text = DrawFreely(random, CountLengths[level - 1]);
            return Counting(random.Next(4) == 0 ? LetterTexts.Letter(random) : random.Pick(text.ToCharArray()), text);
        },
    };

    public static TaskFamily Upper { get; } = new()
    {
        Name = "upper-case",
        Topic = Topics.Letters,
        Levels = UpperLengths.Length,
        Difficulty = Difficulty.Easy,
        Practice = WordsOfOneToken + 1,
        IsDrilled = true,
        Phrasings = Wording.Question(
            ["write \"{0}\" in upper case.", "change \"{0}\" to upper case.", "what is \"{0}\" in capital letters?", "put \"{0}\" in capital letters."],
            heldOut: "make every letter of \"{0}\" big."),
        Ask = (random, level) => OfText(Draw(random, UpperLengths[level - 1]), text => text.ToUpperInvariant()),
        AskFreely = (random, level) => OfText(
            random.Next(4) == 0 ? string.Join(' ', Enumerable.Range(0, random.Between(2, 3)).Select(_ => FreeOperands.Word(random, 2, 7))) : DrawFreely(random, UpperLengths[level - 1]),
            text => text.ToUpperInvariant()),
    };

    public static TaskFamily SortLetters { get; } = new()
    {
        Name = "sort-letters",
        Topic = Topics.Letters,
        Levels = SortLengths.Length,
        Difficulty = Difficulty.Hard,
        Practice = 1.3,
        Phrasings = Wording.Question(
            [
                "sort the letters of \"{0}\".",
                "put the letters of \"{0}\" in order.",
                "write the letters of \"{0}\" from a to z.",
                "what are the letters of \"{0}\" in order?",
            ],
            heldOut: "bring the letters in \"{0}\" into the order of the alphabet."),
        Ask = (random, level) => OfText(Draw(random, SortLengths[level - 1]), SelectionSort.OfLetters),
        AskFreely = (random, level) => OfText(DrawFreely(random, SortLengths[level - 1]), SelectionSort.OfLetters),
    };

    public static TaskFamily Spell { get; } = new()
    {
        Name = "spell",
        Topic = Topics.Letters,
        Levels = SpellLengths.Length,
        Difficulty = Difficulty.Easy,
        Practice = WordsOfOneToken + 1,
        IsDrilled = true,
        Phrasings = Wording.Question(
            ["spell \"{0}\".", "how do you spell \"{0}\"?", "spell the word \"{0}\".", "write \"{0}\" letter by letter."],
            heldOut: "put a line between the letters of \"{0}\"."),
        Ask = (random, level) => OfText(Draw(random, SpellLengths[level - 1]), text => string.Join('-', text.AsEnumerable())),
        AskFreely = (random, level) => OfText(DrawFreely(random, SpellLengths[level - 1]), text => string.Join('-', text.AsEnumerable())),
    };

    public static TaskFamily FirstLetter { get; } = new()
    {
        Name = "first-letter",
        Topic = Topics.Letters,
        Levels = UpperLengths.Length,
        Difficulty = Difficulty.Easy,
        Practice = WordsOfOneToken + 1,
        IsDrilled = true,
        Phrasings = Wording.Question(
            ["what is the first letter of \"{0}\"?", "give me the first letter of \"{0}\".", "which letter is first in \"{0}\"?", "name the first letter of \"{0}\"."],
            heldOut: "how does \"{0}\" begin?"),
        Ask = (random, level) => OfText(Draw(random, UpperLengths[level - 1]), text => text[..1]),
        AskFreely = (random, level) => OfText(DrawFreely(random, UpperLengths[level - 1]), text => text[..1]),
    };

    public static TaskFamily LastLetter { get; } = new()
    {
        Name = "last-letter",
        Topic = Topics.Letters,
        Levels = UpperLengths.Length,
        Difficulty = Difficulty.Easy,
        Practice = WordsOfOneToken + 1,
        IsDrilled = true,
        Phrasings = Wording.Question(
            ["what is the last letter of \"{0}\"?", "give me the last letter of \"{0}\".", "which letter is last in \"{0}\"?", "name the last letter of \"{0}\"."],
            heldOut: "how does \"{0}\" end?"),
        Ask = (random, level) => OfText(Draw(random, UpperLengths[level - 1]), text => text[^1..]),
        AskFreely = (random, level) => OfText(DrawFreely(random, UpperLengths[level - 1]), text => text[^1..]),
    };

    public static IReadOnlyList<TaskFamily> Trained { get; } = [Reverse, Count, Upper, SortLetters, Spell];

    private static string Draw(Random random, (int Shortest, int Longest) lengths) =>
        LetterTexts.Draw(random, lengths.Shortest, lengths.Longest);

    // The first level is that of the shortest words.
    private static string DrawFreely(Random random, (int Shortest, int Longest) lengths) =>
        FreeOperands.Word(random, lengths.Shortest <= 4 ? 2 : lengths.Shortest, lengths.Longest);

    private static Problem OfText(string text, Func<string, string> answer) => new(answer(text), text);

    private static Problem Counting(Random random, int level)
    {
        (int shortest, int longest) = CountLengths[level - 1];
        char letter = LetterTexts.Letter(random);
        string text;
        if (random.Next(4) == 0)
        {
            text = LetterTexts.Draw(random, shortest, longest);
            letter = random.Pick(text.ToCharArray());
        }
        else
        {
            // Every count up to a little over half of the length is as likely; else guessing 1 would be right too often.
            int length = random.Between(shortest, longest);
            text = LetterTexts.WithLetter(random, letter, random.Between(0, length / 2 + 1), length);
        }
        return Counting(letter, text);
    }

    private static Problem Counting(char letter, string text) => new(CountAloud(letter, text), $"{letter}", text);

    // Such as: b 0, a 1, n 1, a 2, so 2
    private static string CountAloud(char letter, string text)
    {
        List<string> steps = [];
        int count = 0;
        foreach (char other in text)
        {
            if (other == letter)
                count++;
            steps.Add($"{other} {count}");
        }
        return $"{string.Join(", ", steps)}, so {count}";
    }
}
