namespace CascadeLocal.Trainer.Tasks.Vocabulary;

/// <summary>Places for questions that nobody can answer without looking them up.</summary>
internal static class Places
{
    public static IReadOnlyList<string> All { get; } =
        [.. Countries.All.Select(country => country.Name), .. Countries.All.Select(country => country.Capital).Where(city => !city.EndsWith(" City", StringComparison.Ordinal)).Distinct()];
}
