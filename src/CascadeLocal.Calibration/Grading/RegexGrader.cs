using System.Text.RegularExpressions;

namespace CascadeLocal.Calibration.Grading;

/// <summary>Right is what the answer, a regular expression, matches somewhere; ^ and $ tie it to the ends.</summary>
internal sealed class RegexGrader : IGrader
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly Regex _pattern;

    /// <exception cref="GraderException">The answer is no regular expression.</exception>
    public RegexGrader(string answer)
    {
        try
        {
            _pattern = Create(answer);
        }
        catch (ArgumentException e)
        {
            throw new GraderException($"is no regular expression: {e.Message}");
        }
    }

    public bool IsRight(string output)
    {
        try
        {
            return _pattern.IsMatch(output.AsSpan().Trim());
        }
        catch (RegexMatchTimeoutException)
        {
            throw new GraderException($"the expression '{_pattern}' takes more than {Timeout.TotalSeconds} s on this output");
        }
    }

    // Time linear in the output where the pattern allows it; look-arounds and back-references need the other way.
    private static Regex Create(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Timeout);
        }
        catch (NotSupportedException)
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, Timeout);
        }
    }
}
