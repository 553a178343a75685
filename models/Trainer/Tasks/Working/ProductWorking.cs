namespace CascadeLocal.Trainer.Tasks.Working;

/// <summary>A product written out as a sum of parts.</summary>
internal static class ProductWorking
{
    /// <summary>Such as <c>40*6=240, 7*6=42, 240+42=282, so 47*6=282</c>; a factor of two digits is split the same way.</summary>
    /// <param name="first">Two or three digits, the last not zero.</param>
    /// <param name="second">One digit, or two of which the last is not zero.</param>
    public static string Multiply(int first, int second)
    {
        List<string> steps = [];
        List<int> products = [];
        foreach ((int left, int right) in Split(first, second))
        {
            steps.Add($"{left}*{right}={left * right}");
            products.Add(left * right);
        }
        return $"{string.Join(", ", steps)}, {SumWorking.Chain(products)}, so {first}*{second}={first * second}";
    }

    private static IEnumerable<(int Left, int Right)> Split(int first, int second) =>
        second < 10
            ? PlaceValues(first).Select(part => (part, second))
            : PlaceValues(second).Select(part => (first, part));

    // 407 -> 400, 7
    private static IEnumerable<int> PlaceValues(int number)
    {
        for (int place = 1_000; place > 0; place /= 10)
            if (number / place % 10 is > 0 and int digit)
                yield return digit * place;
    }
}
