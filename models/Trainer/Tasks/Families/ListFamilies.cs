using CascadeLocal.Trainer.Tasks.Vocabulary;
using CascadeLocal.Trainer.Tasks.Working;

namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>Work on a given list: the level is its length.</summary>
internal static class ListFamilies
{
    private static readonly int[] SortLengths = [2, 4, 6, 8];
    private static readonly int[] MaximumLengths = [3, 5, 9];
    private static readonly int[] CopyLengths = [2, 8, 20];
    private static readonly int[] LookUpLengths = [3, 6, 10];
    private static readonly int[] ReverseLengths = [2, 5, 9];
    private static readonly int[] PositionLengths = [3, 6, 12];

    private static readonly (int Least, int Most)[] RepeatCounts = [(2, 4), (6, 9), (13, 19)];

    private static readonly string[] Ordinals =
    [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
    ];

    private static readonly string[] OrdinalNumbers = ["1st", "2nd", "3rd", .. Enumerable.Range(4, 9).Select(number => $"{number}th")];

    public static TaskFamily SortNumbers { get; } = new()
    {
        Name = "sort-numbers",
        Topic = Topics.Lists,
        Levels = SortLengths.Length,
        Difficulty = Difficulty.Hard,
        Practice = 1.5,
        Phrasings = Wording.Question(
            [
                "sort these numbers: {0}.",
                "put these numbers in order: {0}.",
                "write {0} in order, the smallest first.",
                "what are the numbers {0} in order?",
            ],
            heldOut: "bring the list {0} from small to large."),
        Ask = (random, level) => OfNumbers(random, SortLengths[level - 1], SelectionSort.OfNumbers),
        AskFreely = (random, level) => OfNumbers(FreeOperands.Numbers(random, FreeOperands.Count(random, SortLengths[level - 1])), SelectionSort.OfNumbers),
    };

    public static TaskFamily Maximum { get; } = new()
    {
        Name = "maximum",
        Topic = Topics.Lists,
        Levels = MaximumLengths.Length,
        Difficulty = Difficulty.Medium,
        Practice = 1.5,
        Phrasings = Wording.Question(
            [
                "what is the largest of these numbers: {0}?",
                "find the largest number: {0}.",
                "which number is the largest in {0}?",
                "give me the largest number of the list {0}.",
            ],
            heldOut: "name the top value among {0}."),
        Ask = (random, level) => OfNumbers(random, MaximumLengths[level - 1], LargestSoFar),
        AskFreely = (random, level) => OfNumbers(FreeOperands.Numbers(random, FreeOperands.Count(random, MaximumLengths[level - 1])), LargestSoFar),
    };

    public static TaskFamily Minimum { get; } = new()
    {
        Name = "minimum",
        Topic = Topics.Lists,
        Levels = MaximumLengths.Length,
        Difficulty = Difficulty.Medium,
        Practice = 1.5,
        Phrasings = Wording.Question(
            [
                "what is the smallest of these numbers: {0}?",
                "find the smallest number: {0}.",
                "which number is the smallest in {0}?",
                "give me the smallest number of the list {0}.",
            ],
            heldOut: "name the lowest value among {0}."),
        Ask = (random, level) => OfNumbers(random, MaximumLengths[level - 1], SmallestSoFar),
        AskFreely = (random, level) => OfNumbers(FreeOperands.Numbers(random, FreeOperands.Count(random, MaximumLengths[level - 1])), SmallestSoFar),
    };

    public static TaskFamily Copy { get; } = new()
    {
        Name = "copy",
        Topic = Topics.Lists,
        Levels = CopyLengths.Length,
        Difficulty = Difficulty.Medium,
        Phrasings = Wording.Question(
            ["copy this: \"{0}\".", "write this again: \"{0}\".", "say the words \"{0}\" again.", "repeat after me: \"{0}\"."],
            heldOut: "give the text \"{0}\" back to me."),
        Ask = (random, level) => Copying(random.PickDistinct(CommonWords.All, CopyLengths[level - 1])),
        KeepsOperandCase = true,
        AskFreely = (random, level) =>
            Copying(random.Next(2) == 0 ? FreeOperands.Sentence(random) : FreeOperands.Items(random, random.Between(1, CopyLengths[level - 1]))),
    };

    public static TaskFamily Repeat { get; } = new()
    {
        Name = "repeat",
        Topic = Topics.Lists,
        Levels = RepeatCounts.Length,
        Difficulty = Difficulty.Medium,
        Phrasings = Wording.Question(
            ["write \"{0}\" {1} times.", "say the word \"{0}\" {1} times.", "repeat \"{0}\" {1} times.", "give me \"{0}\" {1} times."],
            heldOut: "make a row of {1} times the word \"{0}\"."),
        Ask = (random, level) => Repeating(random, random.Pick(CommonWords.All), RepeatCounts[level - 1]),
        AskFreely = (random, level) => Repeating(random, FreeOperands.Items(random, 1)[0], (2, RepeatCounts[level - 1].Most)),
    };

    public static TaskFamily LookUp { get; } = new()
    {
        Name = "look-up",
        Topic = Topics.Lists,
        Levels = LookUpLengths.Length,
        Difficulty = Difficulty.Hard,
        Practice = 1.5,
        KeepsOperandCase = true,
        Phrasings = Wording.Question(
            [
                "{1}. What number does {0} have?",
                "this is a list: {1}. Find the number of {0}.",
                "look up {0} in the list: {1}.",
                "what is the number of {0} in this list? {1}.",
            ],
            heldOut: "read the table {1} and give the value for {0}."),
        Ask = (random, level) =>
        {
            int count = LookUpLengths[level - 1];
            string[] names = random.PickDistinct(Names.All, count);
            return LookingUp(random, names, random.DistinctNumbers(10, 99, count));
        },
        AskFreely = (random, level) =>
        {
            int count = FreeOperands.Count(random, LookUpLengths[level - 1]);
            string[] names = random.PickDistinct(random.Next(3) == 0 ? CommonWords.All : Names.All, count);
            return LookingUp(random, names, FreeOperands.Numbers(random, count));
        },
    };

    public static TaskFamily ReverseList { get; } = new()
    {
        Name = "reverse-list",
        Topic = Topics.Lists,
        Levels = ReverseLengths.Length,
        Difficulty = Difficulty.Hard,
        Phrasings = Wording.Question(
            [
                "reverse this list: {0}.",
                "write this list from the end to the start: {0}.",
                "put the list {0} in reverse order.",
                "say this list backwards: {0}.",
            ],
            heldOut: "turn the words {0} around, the last one first."),
        Ask = (random, level) => Reversing(random.PickDistinct(CommonWords.All, ReverseLengths[level - 1])),
        AskFreely = (random, level) => Reversing(FreeOperands.Items(random, FreeOperands.Count(random, ReverseLengths[level - 1]))),
    };

    public static TaskFamily WordPosition { get; } = new()
    {
        Name = "word-position",
        Topic = Topics.Lists,
        Levels = PositionLengths.Length,
        Difficulty = Difficulty.Medium,
        Phrasings = Wording.Question(
            [
                "what is the {0} word in this list: {1}?",
                "find the {0} word of {1}.",
                "this is a list: {1}. What is the {0} word?",
                "give me the {0} word of the list {1}.",
            ],
            heldOut: "which word stands at the {0} place in {1}?"),
        Ask = (random, level) => Counting(random, random.PickDistinct(CommonWords.All, PositionLengths[level - 1]), ", ", Ordinals),
        KeepsOperandCase = true,
        AskFreely = (random, level) => random.Next(2) == 0
            ? Counting(random, FreeOperands.Sentence(random), " ", random.Next(2) == 0 ? OrdinalNumbers : Ordinals)
            : Counting(random, FreeOperands.Items(random, FreeOperands.Count(random, PositionLengths[level - 1])), ", ", Ordinals),
    };

    public static IReadOnlyList<TaskFamily> Trained { get; } =
        [SortNumbers, Maximum, Copy, Repeat, LookUp, ReverseList, WordPosition];

    // Each number and the largest up to it: 12: 12, 47: 47, 33: 47, so 47
    private static string LargestSoFar(int[] numbers) => BestSoFar(numbers, Enumerable.Max);

    private static string SmallestSoFar(int[] numbers) => BestSoFar(numbers, Enumerable.Min);

    private static string BestSoFar(int[] numbers, Func<IEnumerable<int>, int> best)
    {
        IEnumerable<string> steps = numbers.Select((number, i) => $"{number}: {best(numbers[..(i + 1)])}");
        return $"{string.Join(", ", steps)}, so {best(numbers)}";
    }

    private static Problem OfNumbers(Random random, int count, Func<int[], string> answer) =>
        OfNumbers(random.DistinctNumbers(10, 99, count), answer);

    private static Problem OfNumbers(int[] numbers, Func<int[], string> answer) => new(answer(numbers), string.Join(", ", numbers));

    private static Problem Copying(string[] words)
    {
        string text = string.Join(' ', words);
        return new Problem(text, text);
    }

    private static Problem Repeating(Random random, string word, (int Least, int Most) counts)
    {
        int count = random.Between(counts.Least, counts.Most);
        IEnumerable<string> counted = Enumerable.Range(1, count).Select(number => $"{number} of {count} {word}");
        return new Problem(string.Join(", ", counted), word, $"{count}");
    }

    private static Problem LookingUp(Random random, string[] names, int[] values)
    {
        int asked = random.Next(names.Length);
        string[] entries = [.. names.Zip(values, (name, value) => $"{name} {value}")];
        string answer = $"{string.Join(", ", entries[..(asked + 1)])}, so {names[asked]} has the number {values[asked]}.";
        return new Problem(answer, names[asked], string.Join(", ", entries));
    }

    private static Problem Reversing(string[] words)
    {
        string[] numbered = [.. words.Select((word, i) => $"{i + 1} {word}")];
        string answer = $"{string.Join(", ", numbered)}; {string.Join(", ", numbered.AsEnumerable().Reverse())}";
        return new Problem(answer, string.Join(", ", words));
    }

    private static Problem Counting(Random random, string[] words, string separator, string[] ordinals)
    {
        int asked = random.Next(words.Length);
        IEnumerable<string> counted = words.Take(asked + 1).Select((word, i) => $"{i + 1} of {asked + 1} {word}");
        return new Problem($"{string.Join(", ", counted)}, so {words[asked]}", ordinals[asked], string.Join(separator, words));
    }
}
