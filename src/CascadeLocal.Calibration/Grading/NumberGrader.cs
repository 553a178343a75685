using System.Globalization;
using System.Text.RegularExpressions;

namespace CascadeLocal.Calibration.Grading;

/// <summary>Right is the output whose number equals the answer's in value.</summary>
internal sealed class NumberGrader : IGrader
{
    private readonly bool _whereStated;
    private readonly NumberText _answer;

    /// <param name="answer">The answer; its number counts as that of an output does, whatever stands around it.</param>
    /// <param name="whereStated">Whether the number of a <see cref="StatedAnswer"/> goes before the last one of all.</param>
    /// <exception cref="GraderException">The answer has no number.</exception>
    public NumberGrader(string answer, bool whereStated)
    {
        _whereStated = whereStated;
        _answer = Find(answer) ?? throw new GraderException($"is '{answer}', but must have a number");
    }

    public bool IsRight(string output) => Find(output) is { } number && number.Equals(_answer);

    private NumberText? Find(string text) =>
        (_whereStated && StatedAnswer.Start(text) is { } start ? NumberText.Stated(text, start) : null) ?? NumberText.Last(text);
}

/// <summary>A number in a text, exact as far as it is one of at most 28 digits or a fraction of two such.</summary>
/// <param name="Numerator">The number, or what stands above the line.</param>
/// <param name="Denominator">What stands below it; 1 without one.</param>
internal readonly partial record struct NumberText(double Numerator, double Denominator, decimal? ExactNumerator, decimal? ExactDenominator)
{
    /// <summary>The first number of a stated answer; of a line that works it out (<c>3 + 4 = 7</c>) the one behind the last equals sign.</summary>
    public static NumberText? Stated(string text, int start)
    {
        int end = text.IndexOf('\n', start);
        int equals = text.LastIndexOf('=', (end < 0 ? text.Length : end) - 1);
        Match match = Pattern().Match(text, equals > start ? equals : start);
        return match.Success ? Of(match) : null;
    }

    /// <summary>The last number, or null.</summary>
    public static NumberText? Last(string text) => Pattern().Matches(text).LastOrDefault() is { } match ? Of(match) : null;

    /// <summary>Whether both have the same value: 1,000.50 is 1000.5, and 2/4 is 0.5.</summary>
    public bool Equals(NumberText other)
    {
        if (ExactNumerator is { } a && ExactDenominator is { } b && other.ExactNumerator is { } c && other.ExactDenominator is { } d)
        {
            try
            {
                return a * d == c * b;
            }
            catch (OverflowException)
            {
                // As floating-point numbers, then.
            }
        }

        return (Numerator / Denominator).Equals(other.Numerator / other.Denominator);
    }

    /// <inheritdoc/>
    public override int GetHashCode() => (Numerator / Denominator).GetHashCode();

    private static NumberText Of(Match match)
    {
        string above = Plain(match.Groups["above"].Success ? match.Groups["above"].Value : match.Groups["number"].Value);
        string below = match.Groups["below"].Success ? Plain(match.Groups["below"].Value) : "1";
        if (match.Groups["minus"].Success)
            above = "-" + above;
        return new(Double(above), Double(below), Exact(above), Exact(below));
    }

    private static double Double(string number) => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static decimal? Exact(string number) =>
        decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value) ? value : null;

    private static string Plain(string number) => Separators().Replace(number, "").Replace('\u2212', '-');

    // A separator stands before groups of exactly three: , {,} \, and blanks, the narrow ones too.
    private const string Separator = @"(?:,|\{,\}|\\,|[ \u00A0\u2009\u202F])";
    private const string Plus = @"(?:(?<![\w)])[-\u2212+])?";
    private const string Number = $@"(?:[0-9]{{1,3}}(?:{Separator}[0-9]{{3}})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?";

    // A minus sign behind a digit or a letter is a dash: 3-5, GPT-4. What has two strokes is a date and no fraction.
    [GeneratedRegex(
        $@"(?<minus>[-\u2212])?\\[dt]?frac\s*\{{(?<above>[0-9]+)\}}\s*\{{(?<below>[0-9]*[1-9][0-9]*)\}}"
            + $@"|(?<![0-9]/)(?<number>{Plus}{Number}|{Plus}(?<!\w)\.[0-9]+)(?:\s?/\s?(?<below>[0-9]*[1-9][0-9]*)(?![0-9]*[./]?[0-9]))?"
            + $@"|(?<number>{Number})",
        RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();

    [GeneratedRegex(Separator)]
    private static partial Regex Separators();
}
