namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>Units of length, weight and time.</summary>
internal static class Units
{
    public static IReadOnlyList<UnitPair> All { get; } =
    [
        new("cm", "mm", 10), new("m", "cm", 100), new("km", "m", 1000), new("kg", "g", 1000), new("feet", "inches", 12),
        new("minutes", "seconds", 60), new("hours", "minutes", 60), new("days", "hours", 24), new("weeks", "days", 7),
        new("years", "months", 12), new("dollars", "cents", 100),
    ];
}
