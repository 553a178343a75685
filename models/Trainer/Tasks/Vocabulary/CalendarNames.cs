namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>The days of the week and the months.</summary>
internal static class CalendarNames
{
    public static IReadOnlyList<string> Days { get; } =
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    public static IReadOnlyList<string> Months { get; } =
    [
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ];
}
