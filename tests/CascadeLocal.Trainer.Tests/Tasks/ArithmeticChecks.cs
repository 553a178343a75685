using System.Globalization;

namespace CascadeLocal.Trainer.Tests.Tasks;

/// <summary>Judges arithmetic answers from the question's text alone.</summary>
internal static class ArithmeticChecks
{
    public static IReadOnlyDictionary<string, Func<string, string, bool>> All { get; } =
        new Dictionary<string, Func<string, string, bool>>
        {
            ["add"] = (question, answer) => answer == $"{Texts.Numbers(question).Sum()}",
            ["subtract"] = (question, answer) => answer == $"{Difference(question)}",
            ["multiply"] = (question, answer) => answer == $"{Product(question)}",
            ["double"] = (question, answer) => answer == $"{Texts.LastNumber(question) << 1}",
            ["add-working"] = AddsDigitByDigit,
            ["subtract-working"] = SubtractsDigitByDigit,
            ["multiply-working"] = (question, answer) => Texts.EquationsHold(answer)
                && answer.EndsWith($"={Product(question)}", StringComparison.Ordinal),
            ["sum-of-many"] = SumsInOrder,
            ["times-table"] = ListsProducts,
        };

    private static long Difference(string question) => Texts.Numbers(question).Max() - Texts.Numbers(question).Min();

    private static long Product(string question) => Texts.Numbers(question).Aggregate((first, second) => first * second);

    private static bool SumsInOrder(string question, string answer)
    {
        long[] numbers = Texts.Numbers(question);
        string[] steps = answer.Split(", ");
        for (int i = 1; i < numbers.Length; i++)
            if (steps[i - 1] != $"{numbers[..i].Sum()}+{numbers[i]}={numbers[..(i + 1)].Sum()}")
                return false;
        return steps.Length == numbers.Length && steps[^1] == $"so the sum is {numbers.Sum()}";
    }

    private static bool ListsProducts(string question, string answer)
    {
        long[] asked = [.. Texts.Numbers(question).Order()];
        string[] lines = answer.Split(", ");
        long[] first = Texts.Numbers(lines[0]);
        return Texts.EquationsHold(answer)
            && asked.SequenceEqual(new[] { first[1], lines.Length }.Order())
            && lines.Select((line, i) => Texts.Numbers(line)[0] == i + 1 && Texts.Numbers(line)[1] == first[1]).All(right => right);
    }

    private static bool AddsDigitByDigit(string question, string answer)
    {
        string[] steps = answer.Split(", ");
        string written = "";
        long carry = 0;
        foreach (string step in steps[..^1])
        {
            // a+b+carry=sum write digit carry next
            long[] parts = Texts.Numbers(step);
            if (parts[2] != carry || parts[3] != 10 * parts[5] + parts[4])
                return false;
            carry = parts[5];
            written = parts[4].ToString(CultureInfo.InvariantCulture) + written;
        }
        string sum = (carry > 0 ? "1" : "") + written;
        return Texts.EquationsHold(answer)
            && DigitsAreThoseOf(question, steps)
            && sum == $"{Texts.Numbers(question).Sum()}"
            && steps[^1].EndsWith($"={sum}", StringComparison.Ordinal);
    }

    private static bool SubtractsDigitByDigit(string question, string answer)
    {
        string[] steps = answer.Split(", ");
        string written = "";
        long borrowed = 0;
        foreach (string step in steps[..^1])
        {
            // a-b-borrowed borrow next write digit
            long[] parts = Texts.Numbers(step);
            if (parts[2] != borrowed || parts[0] - parts[1] - parts[2] + 10 * parts[3] != parts[4])
                return false;
            borrowed = parts[3];
            written = parts[4].ToString(CultureInfo.InvariantCulture) + written;
        }
        return Texts.EquationsHold(answer)
            && DigitsAreThoseOf(question, steps)
            && borrowed == 0
            && long.Parse(written, CultureInfo.InvariantCulture) == Difference(question)
            && steps[^1].EndsWith($"={Difference(question)}", StringComparison.Ordinal);
    }

    // The first operand's digits stand first in each step, from the right, the second's second.
    private static bool DigitsAreThoseOf(string question, string[] steps)
    {
        long[] operands = Texts.Numbers(steps[^1])[..2];
        bool asAsked = operands.Order().SequenceEqual(Texts.Numbers(question).Order());
        string first = string.Concat(steps[..^1].Reverse().Select(step => Texts.Numbers(step)[0]));
        string second = string.Concat(steps[..^1].Reverse().Select(step => Texts.Numbers(step)[1]));
        return asAsked && first == Digits(operands[0]) && second == Digits(operands[1]);

        string Digits(long operand) => $"{operand}".PadLeft(steps.Length - 1, '0');
    }
}
