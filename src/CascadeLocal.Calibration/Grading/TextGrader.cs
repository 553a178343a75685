using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Grading;

/// <summary>Right is what equals the answer as <see cref="NormalizedText"/>.</summary>
internal sealed class TextGrader(string answer) : IGrader
{
    private readonly string _answer = NormalizedText.Of(answer);

    public bool IsRight(string output) => NormalizedText.Of(output) == _answer;
}

/// <summary>Right is what equals the answer, but for space at both ends.</summary>
internal sealed class ExactGrader(string answer) : IGrader
{
    public bool IsRight(string output) => output.AsSpan().Trim().SequenceEqual(answer.AsSpan().Trim());
}

/// <summary>Right is what has the words of the answer in it, in a row and whole, as <see cref="NormalizedText"/>.</summary>
internal sealed class ContainsGrader : IGrader
{
    private readonly string _words;

    /// <exception cref="GraderException">The answer has no words: they would be in everything.</exception>
    public ContainsGrader(string answer)
    {
        string text = NormalizedText.Of(answer);
        if (text.Length == 0)
            throw new GraderException("has nothing but space and punctuation");
        _words = $" {text} ";
    }

    public bool IsRight(string output) => $" {NormalizedText.Of(output)} ".Contains(_words, StringComparison.Ordinal);
}
