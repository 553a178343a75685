using CascadeLocal.Routing.Judging.Text;

namespace CascadeLocal.Calibration.Grading;

/// <summary>Right is what equals the answer as <see cref="NormalizedText"/>.</summary>
internal sealed class TextGrader(string answer) : IGrader
{
    private readonly string _answer = NormalizedText.Of(answer);

    public bool IsRight(string output) => NormalizedText.Of(output) == _answer;
}
