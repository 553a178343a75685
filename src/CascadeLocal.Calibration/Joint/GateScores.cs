namespace CascadeLocal.Calibration.Joint;

/// <summary>
/// By how much the target is more likely right than one model, judged from that model's answers: at checkpoints and at the
/// end. Scores of questions for fitting come from heads that did not see them.
/// </summary>
public sealed class GateScores
{
    private readonly double[][] _gains;

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

    /// <summary>The gains of a question.</summary>
    public ReadOnlySpan<double> this[int question] => _gains[question];
}
