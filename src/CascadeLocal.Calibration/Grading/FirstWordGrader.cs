using System.Text.RegularExpressions;

namespace CascadeLocal.Calibration.Grading;

/// <summary>Right is the output whose first word of a small set is the answer.</summary>
internal sealed partial class FirstWordGrader : IGrader
{
    private readonly Regex _words;
    private readonly string _answer;

    private FirstWordGrader(Regex words, string answer, string expected)
    {
        _words = words;
        _answer = Find(answer) ?? throw new GraderException($"is '{answer}', but must be {expected}");
    }

    /// <summary>The first capital letter that stands as a choice: B, B., (B), but not an article, a pronoun or an initial of a word.</summary>
    /// <exception cref="GraderException">The answer has no such letter.</exception>
    public static FirstWordGrader Choice(string answer) => new(ChoicePattern(), answer, "a capital letter");

    /// <summary>The first yes, no, true, false or choice letter.</summary>
    /// <exception cref="GraderException">The answer is none of them.</exception>
    public static FirstWordGrader YesNoOrChoice(string answer) =>
        new(YesNoOrChoicePattern(), answer, "yes, no, true, false or a capital letter");

    /// <summary>The first positive or negative.</summary>
    /// <exception cref="GraderException">The answer is neither.</exception>
    public static FirstWordGrader Sentiment(string answer) => new(SentimentPattern(), answer, "positive or negative");

    public bool IsRight(string output) => string.Equals(Find(output), _answer, StringComparison.OrdinalIgnoreCase);

    // A small letter is a choice where it is all there is.
    private string? Find(string text) =>
        LonePattern().Match(text) is { Success: true } lone && _words.IsMatch(lone.Groups[1].Value.ToUpperInvariant())
            ? lone.Groups[1].Value
            : _words.Match(text) is { Success: true } match ? match.Value : null;

    private const string Letter = @"(?<!\w)(?:A(?![\w'’]|\ (?!is\b|and\b|or\b|because\b)[a-z])|I(?![\w'’]|\ \w)|[B-HJ-Z](?![\w'’]))";

    [GeneratedRegex(@"^\W*([A-Za-z])\W*$")]
    private static partial Regex LonePattern();

    [GeneratedRegex(Letter)]
    private static partial Regex ChoicePattern();

    [GeneratedRegex($@"(?<!\w)(?i:yes|no|true|false)(?!\w)|{Letter}")]
    private static partial Regex YesNoOrChoicePattern();

    [GeneratedRegex("positive|negative", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SentimentPattern();
}
