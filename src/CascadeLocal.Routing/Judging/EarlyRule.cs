namespace CascadeLocal.Routing.Judging;

/// <summary>
/// When an answer of one model is judged, and how sure a verdict before the end has to be. Gains are compared with the
/// cluster's τ: at a checkpoint an answer is accepted at τ + accept or below, rejected above τ + reject; at the end it is
/// accepted at τ or below. Whatever raises τ raises all of these, so an answer that is accepted stays so.
/// </summary>
public sealed class EarlyRule
{
    private readonly int[] _checkpoints;
    private readonly double[] _accept;
    private readonly double[] _reject;

    /// <param name="checkpoints">Growing numbers of tokens.</param>
    /// <param name="accept">Per checkpoint, at most 0; −∞ accepts nothing there.</param>
    /// <param name="reject">Per checkpoint, not below <paramref name="accept"/>; +∞ rejects nothing there.</param>
    /// <exception cref="ArgumentException">They do not fit together.</exception>
    public EarlyRule(IReadOnlyList<int> checkpoints, IReadOnlyList<double> accept, IReadOnlyList<double> reject)
    {
        ArgumentNullException.ThrowIfNull(checkpoints);
        ArgumentNullException.ThrowIfNull(accept);
        ArgumentNullException.ThrowIfNull(reject);
        (_checkpoints, _accept, _reject) = ([.. checkpoints], [.. accept], [.. reject]);
        if (_accept.Length != _checkpoints.Length || _reject.Length != _checkpoints.Length)
            throw new ArgumentException("there is one pair of thresholds per checkpoint");
        for (int i = 0; i < _checkpoints.Length; i++)
        {
            if (_checkpoints[i] <= (i == 0 ? 0 : _checkpoints[i - 1]))
                throw new ArgumentException("checkpoints are growing numbers of tokens", nameof(checkpoints));
            if (!(_accept[i] <= _reject[i]))
                throw new ArgumentException("what is accepted is not rejected", nameof(accept));
        }
    }

    /// <summary>Answers are judged at the end alone.</summary>
    public static EarlyRule None { get; } = new([], [], []);

    /// <summary>The numbers of tokens at which an answer that goes on is judged.</summary>
    public IReadOnlyList<int> Checkpoints => _checkpoints;

    /// <summary>What is added to τ for accepting at each checkpoint.</summary>
    public IReadOnlyList<double> Accept => _accept;

    /// <summary>What is added to τ for rejecting at each checkpoint.</summary>
    public IReadOnlyList<double> Reject => _reject;

    /// <summary>The verdict at a checkpoint, before the end.</summary>
    /// <param name="checkpoint">Index into <see cref="Checkpoints"/>.</param>
    /// <param name="gain">By how much the target is more likely right; NaN where nothing judges there.</param>
    /// <param name="threshold">τ with the certified shift.</param>
    public Verdict At(int checkpoint, double gain, double threshold)
    {
        if (gain - _accept[checkpoint] <= threshold)
            return Verdict.Accept;
        return gain - _reject[checkpoint] > threshold ? Verdict.Reject : Verdict.Continue;
    }

    /// <summary>The verdict at the end.</summary>
    public static Verdict AtEnd(double gain, double threshold) => gain <= threshold ? Verdict.Accept : Verdict.Reject;

    /// <summary>
    /// The least threshold at which an answer is accepted: at that and all larger ones it is, below it never.
    /// </summary>
    /// <param name="gains">At each checkpoint, NaN where the answer has ended, then at the end.</param>
    internal double Level(ReadOnlySpan<double> gains)
    {
        double level = double.PositiveInfinity;
        double rejectedBelow = double.NegativeInfinity;
        for (int i = 0; i < _checkpoints.Length; i++)
        {
            if (double.IsNaN(gains[i]))
                continue;
            level = Math.Min(level, Math.Max(gains[i] - _accept[i], rejectedBelow));
            rejectedBelow = Math.Max(rejectedBelow, gains[i] - _reject[i]);
        }

        return Math.Min(level, Math.Max(gains[^1], rejectedBelow));
    }

    /// <summary>The threshold below which an answer is rejected before its end; −∞ where it never is.</summary>
    /// <inheritdoc cref="Level" path="/param"/>
    internal double RejectedEarlyBelow(ReadOnlySpan<double> gains)
    {
        double below = double.NegativeInfinity;
        double acceptedFrom = double.PositiveInfinity;
        for (int i = 0; i < _checkpoints.Length; i++)
        {
            if (double.IsNaN(gains[i]))
                continue;
            below = Math.Max(below, Math.Min(gains[i] - _reject[i], acceptedFrom));
            acceptedFrom = Math.Min(acceptedFrom, gains[i] - _accept[i]);
        }

        return below;
    }

    /// <summary>After how many tokens the verdict falls; null at the end.</summary>
    internal int? DecidedAt(ReadOnlySpan<double> gains, double threshold)
    {
        for (int i = 0; i < _checkpoints.Length; i++)
        {
            if (At(i, gains[i], threshold) != Verdict.Continue)
                return _checkpoints[i];
        }

        return null;
    }
}

/// <summary>What is to happen with an answer.</summary>
public enum Verdict
{
    /// <summary>Decode on and ask again.</summary>
    Continue,

    /// <summary>Deliver it; this is final.</summary>
    Accept,

    /// <summary>Drop it and escalate.</summary>
    Reject,
}
