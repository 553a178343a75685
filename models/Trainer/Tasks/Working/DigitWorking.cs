namespace CascadeLocal.Trainer.Tasks.Working;

/// <summary>Sums and differences written out digit by digit from the right, with every carry stated.</summary>
internal static class DigitWorking
{
    /// <summary>Such as <c>7+8+0=15 write 5 carry 1, 4+2+1=7 write 7 carry 0, so 47+28=75</c>.</summary>
    public static string Add(int first, int second)
    {
        List<string> steps = [];
        int carry = 0;
        for (int a = first, b = second; a > 0 || b > 0; a /= 10, b /= 10)
        {
            int sum = a % 10 + b % 10 + carry;
            steps.Add($"{a % 10}+{b % 10}+{carry}={sum} write {sum % 10} carry {sum / 10}");
            carry = sum / 10;
        }
        return string.Join(", ", steps) + $", so {first}+{second}={first + second}";
    }

    /// <summary>Such as <c>3-8-0 borrow 1 write 5, 4-2-1 borrow 0 write 1, so 43-28=15</c>.</summary>
    /// <param name="first">At least <paramref name="second"/>.</param>
    /// <param name="second">Not negative.</param>
    public static string Subtract(int first, int second)
    {
        List<string> steps = [];
        int borrowed = 0;
        for (int a = first, b = second; a > 0; a /= 10, b /= 10)
        {
            int left = a % 10 - b % 10 - borrowed;
            int borrow = left < 0 ? 1 : 0;
            steps.Add($"{a % 10}-{b % 10}-{borrowed} borrow {borrow} write {left + 10 * borrow}");
            borrowed = borrow;
        }
        return string.Join(", ", steps) + $", so {first}-{second}={first - second}";
    }
}
