namespace CascadeLocal.Trainer.Tasks.Working;

/// <summary>A product written out as a sum of products of one digit each, zeros behind them left aside.</summary>
internal static class ProductWorking
{
    /// <summary>Such as <c>40*6=240, 7*6=42, 240+42=282</c>; with one part, <c>40*6=240</c>.</summary>
    /// <param name="first">From 1 to 9999.</param>
    /// <param name="second">From 1 to 9999.</param>
    public static string Parts(int first, int second)
    {
        List<string> steps = [];
        List<int> products = [];
        foreach (int right in PlaceValues(second))
        {
            foreach (int left in PlaceValues(first))
            {
                steps.Add($"{left}*{right}={left * right}");
                products.Add(left * right);
            }
        }
        if (products.Count > 1)
            steps.Add(SumWorking.Chain(products));
        return string.Join(", ", steps);
    }

    /// <summary><see cref="Parts"/> and the whole, such as <c>40*6=240, 7*6=42, 240+42=282, so 47*6=282</c>.</summary>
    public static string Multiply(int first, int second) =>
        $"{Parts(first, second)}, so {first}*{second}={first * second}";

    // 407 -> 400, 7
    private static IEnumerable<int> PlaceValues(int number)
    {
        for (int place = 1_000; place > 0; place /= 10)
            if (number / place % 10 is > 0 and int digit)
                yield return digit * place;
    }
}
