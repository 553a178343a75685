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
}
