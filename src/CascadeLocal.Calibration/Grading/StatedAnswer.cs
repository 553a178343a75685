using System.Text.RegularExpressions;

namespace CascadeLocal.Calibration.Grading;

/// <summary>
/// Where a text says what its answer is, in the ways that models have learnt: <c>Answer: 5</c>, <c>**Final answer** is: 5</c>,
/// <c>#### 5</c> (GSM8K), <c>\boxed{5}</c>. Of several the last one counts.
/// </summary>
internal static partial class StatedAnswer
{
    /// <summary>Where the stated answer begins; null where none is stated.</summary>
    public static int? Start(string text) => Pattern().Matches(text).LastOrDefault() is { } match ? match.Index + match.Length : null;

    // 'The answer is not' states nothing.
    [GeneratedRegex(
        @"####|\\boxed\s*\{(?:\\text\s*\{)?|\banswer\b[\s*_)""]*(?:[:=]|is\b(?!\s+not\b)\s*:?)[\s*_(""]*",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
