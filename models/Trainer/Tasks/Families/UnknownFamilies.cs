using CascadeLocal.Trainer.Tasks.Vocabulary;

namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>What the models cannot answer and say so: whole messages, and questions of known kinds about what is in no list.</summary>
internal static class UnknownFamilies
{
    /// <summary>The one answer.</summary>
    public const string Refusal = $"I do not know that. {ConversationFamilies.Help}";

    // Whether a word has an answer depends on the word alone.
    private const double NearKnown = 3;

    /// <summary>Messages of every kind that is not ours.</summary>
    public static TaskFamily Message { get; } = new()
    {
        Name = "unknown",
        Topic = Topics.Conversation,
        Difficulty = Difficulty.Medium,
        Weight = 8,
        Phrasings = Phrasings.None,
        Ask = (_, _) => new Problem(Refusal) { Closed = true },
    };

    public static IReadOnlyList<TaskFamily> Trained { get; } =
    [
        Message,
        About("capital", FactFamilies.Capital, random => [Unlisted.Place(random)], practice: 2),
        About("country", FactFamilies.Describe, random => [Unlisted.Place(random)], practice: 2),
        About("symbol", FactFamilies.Symbol, random => [random.Pick(Unlisted.Substances)], closed: true, practice: 1.5),
        About("young-animal", FactFamilies.Young, random => [random.Pick(Unlisted.Animals)], closed: true, practice: 1.5),
        About("antonym", WordFamilies.Antonym, random => [random.Pick(Unlisted.Things)], practice: NearKnown + 1),
        About("translate", WordFamilies.Translate, random => random.Next(2) == 0
            ? [random.Pick(Translations.All).English, random.Pick(Unlisted.Languages)]
            : [random.Pick(Unlisted.Words), random.Pick(Translations.All).Language], practice: NearKnown),
    ];

    // Asked as the known family is, about operands that it does not list.
    private static TaskFamily About(string known, TaskFamily family, Func<Random, string[]> operands, bool closed = false, double practice = 1) => new()
    {
        Name = $"unknown-{known}",
        WrittenName = known,
        Topic = Topics.Conversation,
        Difficulty = Difficulty.Medium,
        Practice = practice,
        Phrasings = family.Phrasings,
        Ask = (random, _) => new Problem(Refusal, operands(random)) { Closed = closed },
    };
}
