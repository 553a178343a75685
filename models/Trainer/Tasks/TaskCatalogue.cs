using CascadeLocal.Trainer.Tasks.Families;

namespace CascadeLocal.Trainer.Tasks;

/// <summary>All families there are.</summary>
internal static class TaskCatalogue
{
    /// <summary>The families with generated phrasings, topic by topic: what tests A to D ask.</summary>
    public static IReadOnlyList<ITaskFamily> All { get; } =
    [
        .. ArithmeticFamilies.Trained, .. StoryFamilies.Trained, .. WordFamilies.Trained, .. LetterFamilies.Trained,
        .. ListFamilies.Trained, .. FactFamilies.Trained, .. TimeFamilies.Trained, .. LogicFamilies.Trained,
        .. ConversationFamilies.Trained,
    ];

    /// <summary>What people ask most often besides. It came later and is a test of its own, so that the others compare with those of earlier members.</summary>
    public static IReadOnlyList<ITaskFamily> Everyday { get; } =
    [
        ArithmeticFamilies.Double, StoryFamilies.Add, StoryFamilies.Take, StoryFamilies.Times, LetterFamilies.FirstLetter, LetterFamilies.LastLetter,
        ListFamilies.Minimum, FactFamilies.CapitalCountry, ConversationFamilies.ToldName, ConversationFamilies.ToldColor,
    ];

    /// <summary>Whole messages that people wrote, such as greetings.</summary>
    public static IReadOnlyList<ITaskFamily> Messages { get; } = [.. MessageFamilies.Trained];

    /// <summary>What the members say that they do not know.</summary>
    public static IReadOnlyList<ITaskFamily> Unknown { get; } = [.. UnknownFamilies.Trained];

    /// <summary>All that members are trained on.</summary>
    public static IReadOnlyList<ITaskFamily> Asked { get; } = [.. All, .. Everyday, .. Messages, .. Unknown];

    /// <summary>The families of Test C, which no member is trained on.</summary>
    public static IReadOnlyList<ITaskFamily> HeldOut { get; } =
        [TimeFamilies.WeekdayBefore];
}
