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
    /// The last number worked out from those before it: the steps, then the last one taken, such as
    /// <c>steps of 7, 7, 7, 7: 38+7=45</c> or <c>steps of 3, 5, 7, 9: 60+11=71</c>.
    /// </summary>
    /// <param name="numbers">At least three.</param>
    public static string WorkingOfLast(IReadOnlyList<int> numbers)
    {
        IEnumerable<int> steps = numbers.Skip(1).Zip(numbers, (next, number) => next - number);
        int step = numbers[^1] - numbers[^2];
        string sign = step < 0 ? "" : "+";
        return $"steps of {string.Join(", ", steps.SkipLast(1))}: {numbers[^2]}{sign}{step}={numbers[^1]}";
    }
}
