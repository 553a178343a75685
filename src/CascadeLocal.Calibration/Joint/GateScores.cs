namespace CascadeLocal.Calibration.Joint;

/// <summary>
/// By how much the target is more likely right than one model, judged from that model's answers: at checkpoints and at the
/// end. Scores of questions for fitting come from heads that did not see them.
/// </summary>
public sealed class GateScores
{
    private readonly double[][] _gains;
    private readonly Dictionary<int, GateScores> _after = [];

    /// <param name="checkpoints">Growing numbers of tokens.</param>
    /// <param name="gains">Per question one gain per checkpoint, NaN where the answer has ended or nothing judges, then that at the end.</param>
    /// <exception cref="ArgumentException">A question has another number of gains, or none at the end.</exception>
    public GateScores(IReadOnlyList<int> checkpoints, IReadOnlyList<double[]> gains)
    {
        ArgumentNullException.ThrowIfNull(checkpoints);
        ArgumentNullException.ThrowIfNull(gains);
        Checkpoints = checkpoints;
        _gains = [.. gains];
        int bad = Array.FindIndex(_gains, g => g.Length != checkpoints.Count + 1 || double.IsNaN(g[^1]));
        if (bad >= 0)
            throw new ArgumentException($"question {bad} needs {checkpoints.Count} gains at checkpoints and one at the end");
    }

    /// <summary>The numbers of tokens at which an answer that goes on is judged.</summary>
    public IReadOnlyList<int> Checkpoints { get; }

    /// <summary>How many questions there are.</summary>
    public int Count => _gains.Length;

    /// <summary>For every question the chance that the whole answer is right, judged as the gains are; empty where that is not known.</summary>
    public IReadOnlyList<double> OwnAtEnd { get; init; } = [];

    /// <summary>How answers are judged by what is known where the whole answer of another model was rejected right before.</summary>
    /// <param name="earlier">That model; null where none was, or its answer was dropped before its end.</param>
    public GateScores After(int? earlier) => earlier is { } model && _after.TryGetValue(model, out GateScores? scores) ? scores : this;

    /// <summary>The same with what <see cref="After"/> gives; checkpoints and gains before the end stay as they are.</summary>
    /// <param name="after">By the model whose answer was rejected: per question the chance that the answer is right, and the gain, both at the end.</param>
    public GateScores With(IReadOnlyDictionary<int, IReadOnlyList<(double Own, double Gain)>> after)
    {
        ArgumentNullException.ThrowIfNull(after);
        GateScores scores = new(Checkpoints, _gains) { OwnAtEnd = OwnAtEnd };
        foreach ((int earlier, IReadOnlyList<(double Own, double Gain)> ends) in after)
        {
            scores._after.Add(earlier, new(Checkpoints, [.. _gains.Zip(ends, (gains, end) => (double[])[.. gains[..^1], end.Gain])])
            {
                OwnAtEnd = [.. ends.Select(end => end.Own)],
            });
        }

        return scores;
    }

    /// <summary>The gains of a question.</summary>
    public ReadOnlySpan<double> this[int question] => _gains[question];
}
