namespace CascadeLocal.Trainer.Tasks;

/// <summary>The draws that task families share.</summary>
internal static class RandomDraws
{
    private static readonly int[] PowersOfTen = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

    /// <summary>One of the items.</summary>
    public static T Pick<T>(this Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];

    /// <summary>A number from <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public static int Between(this Random random, int low, int high) => random.Next(low, high + 1);

    /// <summary>A number of exactly <paramref name="digits"/> digits; of one digit: 1 .. 9.</summary>
    public static int Number(this Random random, int digits) =>
        random.Next(PowersOfTen[digits - 1], PowersOfTen[digits]);

    /// <summary>Different items, in random order.</summary>
    public static T[] PickDistinct<T>(this Random random, IReadOnlyList<T> items, int count)
    {
        HashSet<T> picked = [];
        while (picked.Count < count)
            picked.Add(random.Pick(items));
        return [.. picked];
    }

    /// <summary>Different numbers from <paramref name="low"/> to <paramref name="high"/>.</summary>
    public static int[] DistinctNumbers(this Random random, int low, int high, int count)
    {
        HashSet<int> picked = [];
        while (picked.Count < count)
            picked.Add(random.Between(low, high));
        return [.. picked];
    }
}
