namespace CascadeLocal.Trainer.Tasks.Working;

/// <summary>A list put in order by taking out its smallest number again and again.</summary>
internal static class SelectionSort
{
    /// <summary>What is left and its smallest number, time after time: <c>47, 12, 33: 12; 47, 33: 33; 47: 47; so 12, 33, 47</c>.</summary>
    /// <param name="numbers">Distinct numbers, at least one.</param>
    public static string Working(IReadOnlyList<int> numbers)
    {
        List<string> steps = [];
        List<int> left = [.. numbers];
        while (left.Count > 0)
        {
            int smallest = left.Min();
            steps.Add($"{string.Join(", ", left)}: {smallest}; ");
            left.Remove(smallest);
        }
        return $"{string.Concat(steps)}so {string.Join(", ", numbers.Order())}";
    }
}
