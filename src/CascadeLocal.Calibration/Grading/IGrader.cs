namespace CascadeLocal.Calibration.Grading;

/// <summary>Tells whether an answer is right, for one question.</summary>
internal interface IGrader
{
    /// <summary>Whether <paramref name="output"/>, all that a model said, is right.</summary>
    /// <exception cref="GraderException">It cannot be told.</exception>
    bool IsRight(string output);
}
