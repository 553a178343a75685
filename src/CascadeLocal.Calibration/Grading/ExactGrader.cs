namespace CascadeLocal.Calibration.Grading;

/// <summary>Right is what equals the answer, but for space at both ends.</summary>
internal sealed class ExactGrader(string answer) : IGrader
{
    public bool IsRight(string output) => output.AsSpan().Trim().SequenceEqual(answer.AsSpan().Trim());
}
