using System.Text.RegularExpressions;

namespace CascadeLocal.Calibration.Grading;

/// <summary>Right is the output whose word of a small set is the answer: that of the <see cref="StatedAnswer"/>, else the first one.</summary>
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

    private string? Find(string text) => (StatedAnswer.Start(text) is { } start ? FindAt(text, start) : null)
        ?? (LonePattern().Match(text) is { Success: true } lone && _words.IsMatch(lone.Groups[1].Value.ToUpperInvariant())
            ? lone.Groups[1].Value
            : _words.Match(text) is { Success: true } match ? match.Value : null);

    /// <summary>The word right where an answer is stated, a small letter too.</summary>
    private string? FindAt(string text, int start)
    {
        Match letter = StatedLetterPattern().Match(text, start);
        if (letter.Success && _words.IsMatch(letter.Groups[1].Value.ToUpperInvariant()))
            return letter.Groups[1].Value;
        Match word = _words.Match(text, start);
        return word.Success && text.AsSpan(start, word.Index - start).IndexOf('\n') < 0 ? word.Value : null;
    }

    // Not the X of X-ray.
    private const string Letter = @"(?<!\w)(?:A(?![\w'’]|-\w|\ (?!is\b|and\b|or\b|because\b)[a-z])|I(?![\w'’]|-\w|\ \w)|[B-HJ-Z](?![\w'’]|-\w))";

    // A small letter is a choice where it is all there is.
    [GeneratedRegex(@"^\W*([A-Za-z])\W*$")]
    private static partial Regex LonePattern();

    // ... or right where the answer is stated; an article has a word behind it.
    [GeneratedRegex(@"\G\W*(?:(?:option|choice|letter)\W+)?([A-Za-z])(?![\w'’]|-\w|\ \w)", RegexOptions.IgnoreCase)]
    private static partial Regex StatedLetterPattern();

    [GeneratedRegex(Letter)]
    private static partial Regex ChoicePattern();

    [GeneratedRegex($@"(?<!\w)(?i:yes|no|true|false)(?!\w)|{Letter}")]
    private static partial Regex YesNoOrChoicePattern();

    [GeneratedRegex("positive|negative", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SentimentPattern();
}
