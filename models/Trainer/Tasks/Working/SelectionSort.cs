namespace CascadeLocal.Trainer.Tasks.Working;

/// <summary>A list put in order by taking out its smallest item again and again.</summary>
internal static class SelectionSort
{
    /// <summary>What is left and its smallest number, time after time: <c>47, 12, 33: 12; 47, 33: 33; 47: 47; so 12, 33, 47</c>.</summary>
    /// <param name="numbers">At least one.</param>
    public static string OfNumbers(IReadOnlyList<int> numbers) =>
        Steps(numbers, ", ") + string.Join(", ", numbers.Order());

    /// <summary>What is left and its first letter, time after time: <c>b a b: a; b b: b; b: b; so abb</c>.</summary>
    /// <param name="text">At least one letter.</param>
    public static string OfLetters(string text) => Steps([.. text], " ") + string.Concat(text.Order());

    private static string Steps<T>(IReadOnlyList<T> items, string separator)
        where T : notnull
    {
        List<string> steps = [];
        List<T> left = [.. items];
        while (left.Count > 0)
        {
            T smallest = left.Min()!;
            steps.Add($"{string.Join(separator, left)}: {smallest}; ");
            left.Remove(smallest);
        }
        return $"{string.Concat(steps)}so ";
    }
}
