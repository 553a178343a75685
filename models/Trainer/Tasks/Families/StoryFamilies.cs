using CascadeLocal.Trainer.Tasks.Vocabulary;
using CascadeLocal.Trainer.Tasks.Working;

namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>Word problems: the level is the number of steps.</summary>
internal static class StoryFamilies
{
    private static readonly int[] ChangeEvents = [1, 3, 5];
    private static readonly int[] ComparePeople = [2, 3, 5];

    public static TaskFamily Change { get; } = new()
    {
        Name = "story-change",
        Topic = Topics.Stories,
        Levels = ChangeEvents.Length,
        Difficulty = Difficulty.Hard,
        Phrasings = Wording.Story(
            [
                "{0} has {1} {2}. {3} How many {2} does {0} have now?",
                "at first {0} has {1} {2}. {3} How many are there at the end?",
                "{0} starts with {1} {2}. {3} What number of {2} does {0} have in the end?",
                "how many {2} does {0} have at the end? {0} has {1} {2}. {3}",
            ],
            heldOut: "there are {1} {2} in the bag of {0}. {3} Count the {2} that {0} has left."),
        KeepsOperandCase = true,
        Ask = (random, level) =>
        {
            string hero = random.Pick(Names.All);
            int start = random.Between(5, 30);
            string things = random.Pick(Things.All);
            StoryEvents events = StoryEvents.Draw(random, hero, start, ChangeEvents[level - 1]);
            return new Problem($"{events.Working}. {hero} has {events.Count} {things}.", hero, $"{start}", things, events.Text);
        },
    };

    public static TaskFamily Groups { get; } = new()
    {
        Name = "story-groups",
        Topic = Topics.Stories,
        Levels = 3,
        Difficulty = Difficulty.Hard,
        Phrasings = Wording.Story(
            [
                "{0} has {1} boxes with {2} {3} in each box. {4}How many {3} does {0} have? Show each step.",
                "there are {2} {3} in each box, and {0} has {1} boxes. {4}Work out step by step how many {3} {0} has.",
                "{0} takes {1} boxes and puts {2} {3} in each. {4}How many {3} are there now? Show each step.",
                "work this out step by step: {0} has {1} boxes with {2} {3} in each. {4}What number of {3} is that?",
            ],
            heldOut: "each of the {1} bags of {0} holds {2} {3}. {4}Explain how many {3} {0} has."),
        KeepsOperandCase = true,
        Ask = (random, level) =>
        {
            string hero = random.Pick(Names.All);
            string things = random.Pick(Things.All);
            int boxes = random.Between(2, 9);
            int each = random.Between(2, 12);
            int count = boxes * each;
            List<string> steps = [$"{boxes}*{each}={count}"];
            string events = "";
            if (level >= 2)
            {
                int more = random.Between(2, 20);
                steps.Add($"{count}+{more}={count + more}");
                count += more;
                events = $"{hero} gets {more} more. ";
            }
            if (level >= 3)
            {
                int fewer = random.Between(2, count - 1);
                steps.Add($"{count}-{fewer}={count - fewer}");
                count -= fewer;
                events += $"Then {hero} gives {fewer} away. ";
            }
            string answer = $"{string.Join(", ", steps)}. {hero} has {count} {things}.";
            return new Problem(answer, hero, $"{boxes}", $"{each}", things, events);
        },
    };

    public static TaskFamily Price { get; } = new()
    {
        Name = "story-price",
        Topic = Topics.Stories,
        Levels = 3,
        Difficulty = Difficulty.Hard,
        Phrasings = Wording.Story(
            [
                "{0} buys {1}. {2} Show each step.",
                "in a shop {0} buys {1}. {2} Work it out step by step.",
                "{0} goes to the market and buys {1}. {2} Show each step.",
                "work this out step by step: today {0} wants to buy {1}. {2}",
            ],
            heldOut: "in the basket of {0} there are {1}. {2} Explain."),
        Ask = (random, level) =>
        {
            List<string> goods = [];
            List<string> steps = [];
            int cost = 0;
            foreach (string things in random.PickDistinct(Things.All, level))
            {
                int count = random.Between(2, 9);
                int price = random.Between(2, 9);
                goods.Add($"{count} {things} at {price} dollars each");
                steps.Add($"{count}*{price}={count * price}");
                if (cost > 0)
                    steps.Add($"{cost}+{count * price}={cost + count * price}");
                cost += count * price;
            }
            string name = random.Pick(Names.All);
            string question = "How many dollars is that?";
            int asked = cost;
            if (level == 3)
            {
                asked = random.Between(2, 40);
                question = $"How many dollars are left from {cost + asked} dollars?";
                steps.Add($"{cost + asked}-{cost}={asked}");
            }
            return new Problem($"{string.Join(", ", steps)}, so {asked} dollars", name, string.Join(" and ", goods), question);
        },
    };

    public static TaskFamily Compare { get; } = new()
    {
        Name = "story-compare",
        Topic = Topics.Stories,
        Levels = ComparePeople.Length,
        Difficulty = Difficulty.Hard,
        Phrasings = Wording.Story(
            [
                "{0} How many {1} do they have together? Show each step.",
                "work out how many {1} they all have together, step by step. {0}",
                "{0} Find the total number of {1} step by step.",
                "{0} What is the total of their {1}? Show each step.",
            ],
            heldOut: "{0} Put all the {1} into one box and explain how many there are."),
        KeepsOperandCase = true,
        Ask = (random, level) =>
        {
            string[] names = random.PickDistinct(Names.All, ComparePeople[level - 1]);
            string things = random.Pick(Things.All);
            List<int> counts = [random.Between(3, 20)];
            List<string> story = [$"{names[0]} has {counts[0]} {things}."];
            List<string> steps = [];
            for (int i = 1; i < names.Length; i++)
            {
                int last = counts[^1];
                int more = random.Between(2, 12);
                counts.Add(last + more);
                story.Add($"{names[i]} has {more} more than {names[i - 1]}.");
                steps.Add($"{names[i]} has {last}+{more}={last + more}");
            }
            string answer = $"{string.Join(", ", steps)}. {SumWorking.Chain(counts)}, so {counts.Sum()} {things} in all.";
            return new Problem(answer, string.Join(' ', story), things);
        },
    };

    public static TaskFamily Add { get; } = new()
    {
        Name = "story-add",
        Topic = Topics.Stories,
        Levels = 3,
        Difficulty = Difficulty.Medium,
        Phrasings = Wording.Story(
            [
                "I have {0} stamps and get {1} more. How many stamps do I have now?",
                "a coat costs {0} dollars and a hat {1} dollars. How much do they cost together?",
                "there are {0} girls and {1} boys in the room. How many children are there?",
                "the bus has {0} people in it, and {1} get on. How many people are on the bus?",
            ],
            heldOut: "one shelf holds {0} books, the other {1}. Count all the books."),
        Ask = (random, level) => InShort('+', Amounts(random, level), (first, second) => first + second),
    };

    public static TaskFamily Take { get; } = new()
    {
        Name = "story-take",
        Topic = Topics.Stories,
        Levels = 3,
        Difficulty = Difficulty.Medium,
        Phrasings = Wording.Story(
            [
                "I have {0} stamps and give {1} away. How many stamps do I have left?",
                "I pay with {0} dollars and the book costs {1} dollars. How much change do I get?",
                "there are {0} birds in the tree and {1} fly away. How many birds stay?",
                "the book has {0} pages and I have read {1}. How many pages are left?",
            ],
            heldOut: "a rope of {0} feet loses {1} feet. How long is the rest?"),
        Ask = (random, level) =>
        {
            (int first, int second) = Amounts(random, level);
            return InShort('-', first == second ? (first + 1, second) : (Math.Max(first, second), Math.Min(first, second)), (all, gone) => all - gone);
        },
    };

    public static TaskFamily Times { get; } = new()
    {
        Name = "story-times",
        Topic = Topics.Stories,
        Levels = 3,
        Difficulty = Difficulty.Medium,
        Phrasings = Wording.Story(
            [
                "a pen costs {0} dollars. How much do {1} pens cost?",
                "there are {0} boxes with {1} eggs in each box. How many eggs are there?",
                "I run {0} miles each day. How far do I run in {1} days?",
                "each of {0} children gets {1} sweets. How many sweets is that?",
            ],
            heldOut: "the garden has {0} rows of {1} trees. Count all the trees."),
        Ask = (random, level) => InShort('*', level switch
        {
            1 => (random.Between(2, 10), random.Between(2, 10)),
            2 => ArithmeticFamilies.Factors(random, 2),
            _ => (random.Between(2, 12), 5 * random.Between(2, 12)),
        }, (first, second) => first * second),
    };

    public static IReadOnlyList<TaskFamily> Trained { get; } = [Change, Groups, Price, Compare];

    // Small ones, of two digits, and as people choose them.
    private static (int First, int Second) Amounts(Random random, int level) => level switch
    {
        1 => (random.Between(2, 20), random.Between(2, 20)),
        2 => (random.Between(10, 99), random.Between(2, 99)),
        _ => (FreeOperands.RoundNumber(random), Math.Max(2, FreeOperands.Number(random))),
    };

    // One step, such as: 20-6=14, so 14
    private static Problem InShort(char sign, (int First, int Second) amounts, Func<int, int, int> result)
    {
        int value = result(amounts.First, amounts.Second);
        return new Problem($"{amounts.First}{sign}{amounts.Second}={value}, so {value}", $"{amounts.First}", $"{amounts.Second}")
        {
            Closed = Math.Max(amounts.First, amounts.Second) <= 20,
            Key = Problem.KeyOf($"{Math.Min(amounts.First, amounts.Second)}", $"{Math.Max(amounts.First, amounts.Second)}"),
        };
    }
}
