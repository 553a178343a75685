using System.Text.RegularExpressions;

namespace CascadeLocal.Calibration.Grading;

/// <summary>Right is the output whose number equals the answer's in value.</summary>
internal sealed class NumberGrader : IGrader
{
    private const string Marker = "answer:";

    private readonly bool _afterMarker;
    private readonly string _answer;

    /// <param name="answer">The answer; its last number counts, whatever stands around it.</param>
    /// <param name="afterMarker">Whether the number behind the last 'Answer:' goes before the last one of all.</param>
    /// <exception cref="GraderException">The answer has no number.</exception>
    public NumberGrader(string answer, bool afterMarker)
    {
        _afterMarker = afterMarker;
        _answer = Find(answer)?.Value ?? throw new GraderException($"is '{answer}', but must have a number");
    }

    public bool IsRight(string output) => Find(output) is { } number && NumberText.AreEqual(number.Value, _answer);

    private Match? Find(string text)
    {
        int marker = _afterMarker ? text.LastIndexOf(Marker, StringComparison.OrdinalIgnoreCase) : -1;
        return (marker < 0 ? null : NumberText.First(text, marker + Marker.Length)) ?? NumberText.Last(text);
    }
}
