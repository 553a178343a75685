using CascadeLocal.Trainer.Tasks.Families;

namespace CascadeLocal.Trainer.Tasks;

/// <summary>All families there are.</summary>
internal static class TaskCatalogue
{
    /// <summary>The families that members are trained on and the query files ask, topic by topic.</summary>
    public static IReadOnlyList<ITaskFamily> All { get; } =
    [
        .. ArithmeticFamilies.Trained, .. StoryFamilies.Trained, .. WordFamilies.Trained, .. LetterFamilies.Trained,
        .. ListFamilies.Trained, .. FactFamilies.Trained, .. TimeFamilies.Trained, .. LogicFamilies.Trained,
        .. ConversationFamilies.Trained,
    ];

    /// <summary>The families of Test C, which no member is trained on.</summary>
    public static IReadOnlyList<ITaskFamily> HeldOut { get; } =
        [ArithmeticFamilies.Double, LetterFamilies.LastLetter, ListFamilies.Minimum, TimeFamilies.WeekdayBefore];
}
