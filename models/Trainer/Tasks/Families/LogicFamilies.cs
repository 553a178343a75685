namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>Comparing, ordering and continuing.</summary>
internal static class LogicFamilies
{
    private const int ShownNumbers = 5;

    private static readonly int[] EvenOddDigits = [1, 2, 4];
    private static readonly int[] ContinueLengths = [5, 7, 10];
    private static readonly (int Least, int Most)[] CountUpLengths = [(3, 5), (7, 10), (13, 18)];
    private static readonly (int Least, int Most)[] ContinueSteps = [(2, 5), (3, 12), (6, 25)];

    public static TaskFamily NextNumber { get; } = new()
    {
        Name = "next-number",
        Topic = Topics.Logic,
        Levels = 3,
        Difficulty = Difficulty.Hard,
        Phrasings = Wording.Question(
            [
                "which number comes next: {0}?",
                "what is the next number after {0}?",
                "name the number that comes after {0}.",
                "the numbers are {0}. What comes next?",
            ],
            heldOut: "how does the row {0} go on?"),
        Ask = (random, level) =>
        {
            int[] numbers =
            [
                .. level switch
                {
                    1 => Sequences.Constant(random.Between(1, 30), random.Between(1, 5), ShownNumbers + 1),
                    2 when random.Next(2) == 0 => Sequences.Constant(random.Between(130, 199), -random.Between(3, 25), ShownNumbers + 1),
                    2 => Sequences.Constant(random.Between(10, 99), random.Between(6, 25), ShownNumbers + 1),
                    _ => Sequences.Growing(random.Between(1, 60), random.Between(1, 12), random.Between(1, 6), ShownNumbers + 1),
                },
            ];
            return new Problem(Sequences.WorkingOfLast(numbers), string.Join(", ", numbers[..^1]));
        },
        AskFreely = (random, level) =>
        {
            int shown = random.Between(level == 3 ? 4 : 3, 6);
            int step = random.Next(3) == 0 ? 5 * random.Between(1, 20) : random.Between(1, level == 1 ? 12 : 50);
            int[] numbers =
            [
                .. level switch
                {
                    1 => Sequences.Constant(random.Next(2) == 0 ? step : random.Between(0, 20), step, shown + 1),
                    2 => Sequences.Constant(step * shown + random.Between(0, 50), -step, shown + 1),
                    _ => Sequences.Growing(random.Between(0, 20), random.Between(1, 10), random.Between(1, 5), shown + 1),
                },
            ];
            string end = random.Next(6) switch { 0 => ", ...", 1 => ", ?", 2 => ", _", _ => "" };
            return new Problem(Sequences.WorkingOfLast(numbers), string.Join(", ", numbers[..^1]) + end);
        },
    };

    public static TaskFamily Continue { get; } = new()
    {
        Name = "continue",
        Topic = Topics.Logic,
        Levels = ContinueLengths.Length,
        Difficulty = Difficulty.Hard,
        Phrasings = Wording.Question(
            [
                "write the next {1} numbers: {0}.",
                "what are the next {1} numbers after {0}?",
                "the numbers are {0}. Name the next {1} numbers.",
                "which {1} numbers come after {0}?",
            ],
            heldOut: "let the row {0} go on with {1} more numbers."),
        Ask = (random, level) =>
        {
            int step = random.Between(ContinueSteps[level - 1].Least, ContinueSteps[level - 1].Most);
            return Continuing(random.Between(1, 60), step, shown: 3, ContinueLengths[level - 1]);
        },
        AskFreely = (random, level) =>
        {
            int step = random.Next(3) == 0 ? 5 * random.Between(1, 20) : random.Between(1, 12);
            return Continuing(random.Next(2) == 0 ? step : random.Between(0, 20), step, random.Between(2, 5), random.Between(2, ContinueLengths[level - 1]));
        },
    };

    public static TaskFamily CountUp { get; } = new()
    {
        Name = "count-up",
        Topic = Topics.Logic,
        Levels = CountUpLengths.Length,
        Difficulty = Difficulty.Hard,
        Phrasings = Wording.Question(
            [
                "count from {0} to {1}.",
                "write all numbers from {0} to {1}.",
                "what are the numbers from {0} to {1}?",
                "name each number from {0} to {1}.",
            ],
            heldOut: "start at {0} and count until you are at {1}."),
        Ask = (random, level) =>
        {
            int start = random.Between(level == 1 ? 1 : 10, level == 3 ? 170 : 80);
            return CountingUp(start, random.Between(CountUpLengths[level - 1].Least, CountUpLengths[level - 1].Most));
        },
        AskFreely = (random, level) =>
            CountingUp(random.Next(2) == 0 ? random.Between(0, 5) : FreeOperands.Number(random), random.Between(3, CountUpLengths[level - 1].Most)),
    };

    public static TaskFamily Compare { get; } = new()
    {
        Name = "compare",
        Topic = Topics.Logic,
        Levels = 4,
        Difficulty = Difficulty.Easy,
        Practice = 3,
        Phrasings = Wording.Question(
            [
                "which is larger, {0} or {1}?",
                "which number is larger: {0} or {1}?",
                "what is more, {0} or {1}?",
                "name the larger number of {0} and {1}.",
            ],
            heldOut: "does {0} or {1} come later when you count?"),
        Ask = (random, level) =>
        {
            int first = random.Number(level);
            int second = random.Number(level);
            return Comparing(first, second != first ? second : first > 1 ? first - 1 : 2);
        },
        AskFreely = (random, level) =>
        {
            int first = FreeOperands.Number(random);
            int second = random.Next(3) == 0 ? first + random.Between(1, 10) : random.Number(random.Between(1, level + 1));
            return random.Next(2) == 0 ? Comparing(first, second != first ? second : first + 1) : Comparing(second != first ? second : first + 1, first);
        },
    };

    public static TaskFamily EvenOdd { get; } = new()
    {
        Name = "even-odd",
        Topic = Topics.Logic,
        Levels = EvenOddDigits.Length,
        Difficulty = Difficulty.Easy,
        Phrasings = Wording.Question(
            [
                "is {0} even or odd?",
                "is the number {0} odd or even?",
                "tell me if {0} is even or odd.",
                "{0} is a number. Is it even or odd?",
            ],
            heldOut: "can you share {0} between two people? Say even or odd."),
        Ask = (random, level) => Halving(random.Number(EvenOddDigits[level - 1])),
        AskFreely = (random, level) => Halving(level == 3 ? random.Number(random.Between(3, 6)) : random.Between(0, 120)),
    };

    public static TaskFamily Tallest { get; } = new()
    {
        Name = "tallest",
        Topic = Topics.Logic,
        Levels = 3,
        Difficulty = Difficulty.Hard,
        Phrasings = Wording.Story(
            [
                "{0} Who is the tallest?",
                "who is the tallest? {0}",
                "{0} Name the tallest person.",
                "read this and name the tallest person. {0}",
            ],
            heldOut: "{0} Nobody is taller than whom?"),
        KeepsOperandCase = true,
        Ask = (random, level) =>
        {
            HeightChain chain = HeightChain.Draw(random, level + 1);
            return new Problem($"{chain.Relations}. {chain.WayUp}, so {chain.People[0]}", chain.Story);
        },
    };

    public static TaskFamily Order { get; } = new()
    {
        Name = "order-people",
        Topic = Topics.Logic,
        Levels = 3,
        Difficulty = Difficulty.Hard,
        Phrasings = Wording.Story(
            [
                "{0} Put the people in order, the tallest first.",
                "put all people in order, the tallest first. {0}",
                "{0} Name all the people from the tallest to the smallest.",
                "read this and name all people, the tallest first. {0}",
            ],
            heldOut: "{0} They stand in a row and each is smaller than the one before. What is the row?"),
        KeepsOperandCase = true,
        Ask = (random, level) =>
        {
            HeightChain chain = HeightChain.Draw(random, level + 2);
            return new Problem($"{chain.Relations}. {chain.WayUp}. Down: {string.Join(", ", chain.People)}", chain.Story);
        },
    };

    private static Problem Continuing(int start, int step, int shown, int count)
    {
        int[] numbers = [.. Sequences.Constant(start, step, shown + count)];
        IEnumerable<string> sums = Enumerable.Range(1, count).Select(i => $"{i}: {numbers[shown + i - 2]}+{step}={numbers[shown + i - 1]}");
        string answer = $"{numbers[1]}-{numbers[0]}={step}, {string.Join(", ", sums)}";
        return new Problem(answer, string.Join(", ", numbers[..shown]), $"{count}");
    }

    private static Problem CountingUp(int start, int count)
    {
        int end = start + count - 1;
        string answer = string.Join(", ", Enumerable.Range(start, count).Select(number => $"{number} of {end}"));
        return new Problem(answer, $"{start}", $"{end}");
    }

    private static Problem Comparing(int first, int second) =>
        new($"{Math.Max(first, second)} is larger than {Math.Min(first, second)}.", $"{first}", $"{second}")
        {
            Closed = Math.Max(first, second) < 10,
            Key = Problem.KeyOf($"{Math.Min(first, second)}", $"{Math.Max(first, second)}"),
        };

    private static Problem Halving(int number) =>
        new($"{number} ends in {number % 10}, so it is {(number % 2 == 0 ? "even" : "odd")}.", $"{number}") { Closed = number < 100 };

    public static IReadOnlyList<TaskFamily> Trained { get; } = [NextNumber, Continue, CountUp, Compare, EvenOdd, Tallest, Order];
}
