namespace CascadeLocal.Trainer.Tasks.Working;

/// <summary>A sum built up part by part.</summary>
internal static class SumWorking
{
    /// <summary>Such as <c>3+14=17, 17+25=42</c>.</summary>
    /// <param name="parts">At least two numbers.</param>
    public static string Chain(IReadOnlyList<int> parts)
    {
        List<string> steps = [];
        int total = parts[0];
        foreach (int part in parts.Skip(1))
        {
            steps.Add($"{total}+{part}={total + part}");
            total += part;
        }
        return string.Join(", ", steps);
    }
}
