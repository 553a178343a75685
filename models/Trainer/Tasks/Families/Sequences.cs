namespace CascadeLocal.Trainer.Tasks.Families;

/// <summary>Number sequences with one plain rule.</summary>
internal static class Sequences
{
    /// <summary>Numbers with a constant step.</summary>
    public static IEnumerable<int> Constant(int start, int step, int count) =>
        Enumerable.Range(0, count).Select(i => start + i * step);

    /// <summary>Numbers whose step grows by <paramref name="growth"/> each time.</summary>
    public static IEnumerable<int> Growing(int start, int step, int growth, int count)
    {
        for (int i = 0; i < count; i++)
        {
            yield return start;
            start += step;
            step += growth;
        }
    }

    /// <summary>
    /// The last number worked out from those before it: every step, then the next one, such as
    /// <c>17-10=7, 24-17=7, 24+7=31</c>, <c>50-47=3, 47-44=3, 44-3=41</c> or, where the step grows,
    /// <c>8-5=3, 13-8=5, 5+2=7, 13+7=20</c>.
    /// </summary>
    /// <param name="numbers">At least four, with a constant or a growing step.</param>
    public static string WorkingOfLast(IReadOnlyList<int> numbers)
    {
        bool falls = numbers[1] < numbers[0];
        List<string> working = [];
        for (int i = 1; i < numbers.Count - 1; i++)
            working.Add(falls
                ? $"{numbers[i - 1]}-{numbers[i]}={numbers[i - 1] - numbers[i]}"
                : $"{numbers[i]}-{numbers[i - 1]}={numbers[i] - numbers[i - 1]}");
        int before = numbers[^2] - numbers[^3];
        int step = numbers[^1] - numbers[^2];
        if (step != before)
            working.Add($"{before}+{step - before}={step}");
        working.Add($"{numbers[^2]}{(falls ? '-' : '+')}{Math.Abs(step)}={numbers[^1]}");
        return string.Join(", ", working);
    }
}
