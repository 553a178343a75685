using CascadeLocal.Trainer.Tasks.Vocabulary;

namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>What words mean and how they change.</summary>
internal static class WordFamilies
{
    // Closed lists of some hundred words, each to be learnt by itself.
    private const double ManyWords = 1.5;

    private static readonly int[] Clauses = [1, 2, 4];

    public static TaskFamily Antonym { get; } = new()
    {
        Name = "antonym",
        Topic = Topics.Words,
        Difficulty = Difficulty.Medium,
        Weight = ManyWords,
        Practice = 3.5,
        Phrasings = Wording.Question(
            ["what is the opposite of \"{0}\"?", "name the opposite of the word {0}.", "the word {0} is the opposite of what?", "give me the opposite of {0}."],
            heldOut: "which word means the reverse of {0}?"),
        Ask = (random, _) => Pair(random, Antonyms.All, pair => $"The opposite of {pair.Word} is {pair.Result}."),
    };

    public static TaskFamily Plural { get; } = new()
    {
        Name = "plural",
        Topic = Topics.Words,
        Difficulty = Difficulty.Easy,
        Practice = 2,
        Phrasings = Wording.Question(
            ["what is the plural of \"{0}\"?", "give me the plural of {0}.", "write the plural of the word {0}.", "one {0}, two what?"],
            heldOut: "what do you call more than one {0}?"),
        Ask = (random, _) => Pair(random, Plurals.All, pair => $"One {pair.Word}, two {pair.Result}."),
    };

    public static TaskFamily PastTense { get; } = new()
    {
        Name = "past-tense",
        Topic = Topics.Words,
        Difficulty = Difficulty.Medium,
        Weight = ManyWords,
        Phrasings = Wording.Question(
            ["what is the past tense of \"{0}\"?", "give me the past tense of {0}.", "write the past tense of the verb {0}.", "today I {0}, yesterday I what?"],
            heldOut: "put the verb {0} into the past."),
        Ask = (random, _) => Pair(random, PastTenses.All, pair => $"Today I {pair.Word}, yesterday I {pair.Result}."),
    };

    public static TaskFamily Translate { get; } = new()
    {
        Name = "translate",
        Topic = Topics.Words,
        Difficulty = Difficulty.Medium,
        Weight = ManyWords,
        Practice = 2,
        Phrasings = Wording.Question(
            ["what is \"{0}\" in {1}?", "translate the word {0} into {1}.", "how do you say {0} in {1}?", "what is the {1} word for {0}?"],
            heldOut: "which word do people use for {0} in {1}?"),
        Ask = (random, _) =>
        {
            Translation pair = random.Pick(Translations.All);
            string answer = $"The {pair.Language} word for {pair.English} is {pair.Foreign}.";
            return new Problem(answer, pair.English, pair.Language) { Closed = true };
        },
    };

    public static TaskFamily PastSentence { get; } = new()
    {
        Name = "past-sentence",
        Topic = Topics.Words,
        Levels = Clauses.Length,
        Difficulty = Difficulty.Medium,
        Phrasings = Wording.Question(
            [
                "put this into the past tense: \"{0}\".",
                "write \"{0}\" in the past tense.",
                "change this to the past tense: \"{0}\".",
                "what is \"{0}\" in the past tense?",
            ],
            heldOut: "tell it as if it was yesterday: \"{0}\"."),
        KeepsOperandCase = true,
        Ask = (random, level) =>
        {
            string[] names = random.PickDistinct(Names.All, Clauses[level - 1]);
            WordPair[] activities = random.PickDistinct(Activities.All, Clauses[level - 1]);
            string present = string.Join(" and ", names.Zip(activities, (name, activity) => $"{name} {activity.Word}"));
            string past = string.Join(" and ", names.Zip(activities, (name, activity) => $"{name} {activity.Result}"));
            return new Problem(past, present);
        },
    };

    public static IReadOnlyList<TaskFamily> Trained { get; } = [Antonym, Plural, PastTense, Translate, PastSentence];

    private static Problem Pair(Random random, IReadOnlyList<WordPair> pairs, Func<WordPair, string> answer)
    {
        WordPair pair = random.Pick(pairs);
        return new Problem(answer(pair), pair.Word) { Closed = true };
    }
}
