using CascadeLocal.Trainer.Tasks.Working;

namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>Sums, differences and products, by heart and with written working.</summary>
internal static class ArithmeticFamilies
{
    // What has no working must be learnt number by number.
    private const double ByHeart = 1.5;

    public static TaskFamily Add { get; } = new()
    {
        Name = "add",
        Topic = Topics.Arithmetic,
        Levels = 4,
        Difficulty = Difficulty.Hard,
        Weight = ByHeart,
        Practice = 1.5,
        IsDrilled = true,
        Phrasings = Wording.Question(
            ["what is {0} + {1}?", "how much is {0} plus {1}?", "add {0} and {1}.", "find the sum of {0} and {1}."],
            heldOut: "what do you get if you add {1} to {0}?"),
        Ask = (random, level) => Adding(Operands(random, level)),
        AskFreely = (random, level) => Adding(FreePair(random, level)),
    };

    public static TaskFamily Subtract { get; } = new()
    {
        Name = "subtract",
        Topic = Topics.Arithmetic,
        Levels = 4,
        Difficulty = Difficulty.Hard,
        Weight = ByHeart,
        Practice = 2,
        IsDrilled = true,
        Phrasings = Wording.Question(
            ["what is {0} - {1}?", "how much is {0} minus {1}?", "take {1} away from {0}.", "subtract {1} from {0}."],
            heldOut: "what is left of {0} without {1}?"),
        Ask = (random, level) => Subtracting(Operands(random, level)),
        AskFreely = (random, level) => Subtracting(FreePair(random, level)),
    };

    public static TaskFamily Multiply { get; } = new()
    {
        Name = "multiply",
        Topic = Topics.Arithmetic,
        Levels = 3,
        Difficulty = Difficulty.Hard,
        Weight = ByHeart,
        Practice = 1.5,
        IsDrilled = true,
        Phrasings = Wording.Question(
            ["what is {0} * {1}?", "how much is {0} times {1}?", "multiply {0} by {1}.", "find the product of {0} and {1}."],
            heldOut: "what do {0} groups of {1} make?"),
        Ask = (random, level) => Multiplying(Factors(random, level)),
        AskFreely = (random, level) => Multiplying(FreeFactors(random, level)),
    };

    public static TaskFamily AddWorking { get; } = new()
    {
        Name = "add-working",
        Topic = Topics.Arithmetic,
        Levels = 3,
        Difficulty = Difficulty.Hard,
        Phrasings = Wording.Question(
            [
                "add {0} and {1} step by step.",
                "what is {0} + {1}? Show each step.",
                "work out {0} plus {1} digit by digit.",
                "find the sum of {0} and {1} and show each step.",
            ],
            heldOut: "explain how to add {0} and {1}."),
        Ask = (random, level) => Symmetric(random.Number(2 * level), random.Number(2 * level), DigitWorking.Add),
        AskFreely = (random, level) => Symmetric(random.Number(random.Between(1, 2 * level)), random.Number(random.Between(1, 2 * level)), DigitWorking.Add),
    };

    public static TaskFamily SubtractWorking { get; } = new()
    {
        Name = "subtract-working",
        Topic = Topics.Arithmetic,
        Levels = 3,
        Difficulty = Difficulty.Hard,
        Phrasings = Wording.Question(
            [
                "take {1} away from {0} step by step.",
                "what is {0} - {1}? Show each step.",
                "work out {0} minus {1} digit by digit.",
                "subtract {1} from {0} and show each step.",
            ],
            heldOut: "explain how to subtract {1} from {0}."),
        Ask = (random, level) => SubtractingAloud(random.Number(2 * level), random.Number(2 * level)),
        AskFreely = (random, level) => SubtractingAloud(random.Number(random.Between(1, 2 * level)), random.Number(random.Between(1, 2 * level))),
    };

    public static TaskFamily MultiplyWorking { get; } = new()
    {
        Name = "multiply-working",
        Topic = Topics.Arithmetic,
        Levels = 3,
        Difficulty = Difficulty.Hard,
        Phrasings = Wording.Question(
            [
                "multiply {0} by {1} step by step.",
                "what is {0} * {1}? Show each step.",
                "work out {0} times {1} part by part.",
                "find the product of {0} and {1} and show each step.",
            ],
            heldOut: "explain how to multiply {0} by {1}."),
        Ask = (random, level) =>
        {
            int first = random.Number(level == 2 ? 2 : 1) * 10 + random.Number(1);
            int second = level == 3 ? random.Number(1) * 10 + random.Number(1) : random.Between(2, 9);
            return Symmetric(first, second, ProductWorking.Multiply);
        },
    };

    public static TaskFamily SumOfMany { get; } = new()
    {
        Name = "sum-of-many",
        Topic = Topics.Arithmetic,
        Levels = 4,
        Difficulty = Difficulty.Medium,
        Phrasings = Wording.Question(
            [
                "add up {0} step by step.",
                "what is the sum of these numbers: {0}? Show each step.",
                "work out the sum of {0} one number at a time.",
                "find the total of {0} and show each step.",
            ],
            heldOut: "sum up the list {0} and explain how."),
        Ask = (random, level) =>
        {
            int[] numbers = [.. Enumerable.Range(0, 2 * level + 1).Select(_ => random.Between(2, level < 3 ? 19 : 59))];
            return Summing(numbers);
        },
        AskFreely = (random, level) => Summing(
            [.. Enumerable.Range(0, Math.Max(3, FreeOperands.Count(random, 2 * level + 1))).Select(_ => FreeOperands.Number(random))],
            random.Next(4) switch { 0 => " + ", 1 => "+", _ => ", " }),
    };

    public static TaskFamily TimesTable { get; } = new()
    {
        Name = "times-table",
        Topic = Topics.Arithmetic,
        Levels = 3,
        Difficulty = Difficulty.Medium,
        Phrasings = Wording.Question(
            [
                "write the times table of {0} up to {1}.",
                "what is the times table of {0} up to {1}?",
                "show me the first {1} lines of the times table of {0}.",
                "multiply {0} by each number up to {1}.",
            ],
            heldOut: "give the first {1} products of {0} in a row."),
        Ask = (random, level) =>
        {
            int factor = level switch { 1 => random.Between(2, 9), 2 => random.Between(11, 29), _ => random.Between(31, 99) };
            return Table(factor, random.Between(2 + 3 * level, 4 + 3 * level));
        },
        AskFreely = (random, level) =>
        {
            int factor = level switch { 1 => random.Between(2, 12), 2 => random.Between(5, 29), _ => random.Between(31, 99) };
            return Table(factor, random.Next(3) == 0 ? 10 : random.Between(3, 12));
        },
    };

    public static TaskFamily Double { get; } = new()
    {
        Name = "double",
        Topic = Topics.Arithmetic,
        Levels = 3,
        Difficulty = Difficulty.Medium,
        IsDrilled = true,
        Phrasings = Wording.Question(
            ["double {0}.", "what is twice {0}?", "what is the double of {0}?", "how much is two times {0}?"],
            heldOut: "what is {0} doubled?"),
        Ask = (random, level) => Doubling(random.Number(level)),
        AskFreely = (random, level) => Doubling(random.Next(2) == 0 ? FreeOperands.RoundNumber(random) : FreeOperands.Number(random)),
    };

    public static IReadOnlyList<TaskFamily> Trained { get; } =
        [Add, Subtract, Multiply, AddWorking, SubtractWorking, MultiplyWorking, SumOfMany, TimesTable];

    private static Problem Adding((int First, int Second) pair) =>
        Symmetric(pair.First, pair.Second, (a, b) => $"{a + b}") with { Closed = IsKnownByHeart(pair.First, pair.Second) };

    private static Problem Subtracting((int First, int Second) pair)
    {
        (int larger, int smaller) = (Math.Max(pair.First, pair.Second), Math.Min(pair.First, pair.Second));
        return new Problem($"{larger - smaller}", $"{larger}", $"{smaller}") { Closed = IsKnownByHeart(larger, smaller) };
    }

    private static Problem SubtractingAloud(int first, int second)
    {
        (int larger, int smaller) = (Math.Max(first, second), Math.Min(first, second));
        return new Problem(DigitWorking.Subtract(larger, smaller), $"{larger}", $"{smaller}");
    }

    // Numbers to 20, and two round ones: whoever knows sums knows these in any words.
    private static bool IsKnownByHeart(int first, int second) => Math.Max(first, second) <= 20 || (first % 10 == 0 && second % 10 == 0);

    private static Problem Multiplying((int First, int Second) pair) =>
        Symmetric(pair.First, pair.Second, (a, b) => $"{a * b}") with { Closed = Math.Max(pair.First, pair.Second) < 20 };

    private static Problem Doubling(int number) => new($"{2 * number}", $"{number}") { Closed = number < 100 };

    private static Problem Summing(int[] numbers, string separator = ", ") =>
        new($"{SumWorking.Chain(numbers)}, so the sum is {numbers.Sum()}", string.Join(separator, numbers));

    private static Problem Table(int factor, int lines)
    {
        string answer = string.Join(", ", Enumerable.Range(1, lines).Select(line => $"{line}*{factor}={line * factor}"));
        return new Problem(answer, $"{factor}", $"{lines}") { Closed = factor < 30 };
    }

    // a with b and b with a are one question as far as the splits are concerned.
    private static Problem Symmetric(int first, int second, Func<int, int, string> answer) =>
        new(answer(first, second), $"{first}", $"{second}")
        {
            Key = Problem.KeyOf($"{Math.Min(first, second)}", $"{Math.Max(first, second)}"),
        };

    // Of so many digits each, or one of them of fewer; the least are 0 to 10.
    private static (int First, int Second) Operands(Random random, int digits)
    {
        if (digits == 1)
            return (random.Between(0, 10), random.Between(0, 10));
        int second = random.Number(random.Next(3) == 0 ? random.Between(1, digits - 1) : digits);
        return random.Next(2) == 0 ? (random.Number(digits), second) : (second, random.Number(digits));
    }

    // Numbers below 20, round ones, and one of each, in either order.
    private static (int First, int Second) FreePair(Random random, int level) => Shuffled(random, level switch
    {
        1 => (random.Between(0, 20), random.Between(0, 20)),
        2 when random.Next(3) > 0 => (random.Between(5, 40), random.Between(5, 40)),
        2 => (FreeOperands.RoundNumber(random), FreeOperands.RoundNumber(random)),
        3 => (FreeOperands.RoundNumber(random), random.Next(2) == 0 ? FreeOperands.RoundNumber(random) : FreeOperands.Number(random)),
        _ => (1_000 * random.Between(1, 9), random.Next(2) == 0 ? 500 * random.Between(1, 20) : FreeOperands.Number(random)),
    });

    /// <summary>What two numbers of a level are multiplied where no working is written.</summary>
    public static (int First, int Second) Factors(Random random, int level) => level switch
    {
        1 => (random.Between(0, 10), random.Between(0, 10)),
        2 => (random.Between(11, 19), random.Between(2, 12)),
        _ => (random.Between(21, 99), random.Between(2, 9)),
    };

    // Half of them round or the same twice, in either order.
    private static (int First, int Second) FreeFactors(Random random, int level) => Shuffled(random, random.Next(2) == 0 ? Factors(random, level) : level switch
    {
        1 => (random.Between(0, 20), random.Between(0, 10)),
        2 when random.Next(3) == 0 => random.Between(2, 20) is var side ? (side, side) : default,
        2 => (random.Between(1, 25), random.Next(2) == 0 ? 10 : 5 * random.Between(1, 20)),
        _ => (random.Next(2) == 0 ? random.Between(1, 99) : 10 * random.Between(1, 20), random.Next(2) == 0 ? 100 : 10 * random.Between(1, 9)),
    });

    private static (int First, int Second) Shuffled(Random random, (int First, int Second) pair) =>
        random.Next(2) == 0 ? pair : (pair.Second, pair.First);
}
