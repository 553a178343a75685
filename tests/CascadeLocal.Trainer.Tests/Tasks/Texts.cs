using System.Globalization;
using System.Text.RegularExpressions;

namespace CascadeLocal.Trainer.Tests.Tasks;

/// <summary>Reads questions and answers back.</summary>
internal static partial class Texts
{
    /// <summary>All numbers, in order.</summary>
    public static long[] Numbers(string text) =>
        [.. NumberPattern().Matches(text).Select(match => long.Parse(match.Value, CultureInfo.InvariantCulture))];

    /// <summary>The last number.</summary>
    public static long LastNumber(string text) => Numbers(text)[^1];

    /// <summary>What stands in double quotes.</summary>
    public static string[] Quoted(string text) =>
        [.. QuotedPattern().Matches(text).Select(match => match.Groups[1].Value)];

    /// <summary>Whether every a+b=c, a+b+c=d, a-b=c, a-b-c=d and a*b=c in the text is true, and there is one.</summary>
    public static bool EquationsHold(string text)
    {
        MatchCollection equations = EquationPattern().Matches(text);
        return equations.Count > 0 && equations.All(equation =>
        {
            string left = equation.Groups["left"].Value;
            long value = left.Contains('/', StringComparison.Ordinal) ? Math.DivRem(Numbers(left)[0], Numbers(left)[1]) is (var whole, 0) ? whole : -1
                : left.Contains('*', StringComparison.Ordinal) ? Numbers(left).Aggregate(1L, (product, factor) => product * factor)
                : Numbers(left).Skip(1).Aggregate(
                    Numbers(left)[0], (sum, part) => left.Contains('+', StringComparison.Ordinal) ? sum + part : sum - part);
            return value == LastNumber(equation.Groups["right"].Value);
        });
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex NumberPattern();

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex QuotedPattern();

    [GeneratedRegex(@"(?<left>\d+(?:[-+*/]\d+)+)=(?<right>\d+)")]
    private static partial Regex EquationPattern();
}
