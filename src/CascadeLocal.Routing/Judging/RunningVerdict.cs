using System.Diagnostics;

using CascadeLocal.Contracts;

namespace CascadeLocal.Routing.Judging;

/// <summary>
/// Judges one answer while it is decoded: at the checkpoints of the early rule, and at the end. Between checkpoints a token costs
/// no more than adding it. Not for several threads at once.
/// </summary>
/// <param name="judge">Judges.</param>
/// <param name="rule">When, and how sure it has to be before the end.</param>
/// <param name="threshold">τ: an answer whose gain is above it is escalated.</param>
/// <param name="reader">Reads the answer.</param>
/// <param name="comparison">At the end, with the answer that was rejected before; null for none.</param>
public sealed class RunningVerdict(
    MemberJudge judge, EarlyRule rule, double threshold, AnswerReader reader, Comparison? comparison = null)
{
    private int _next;

    /// <summary>The chance that the answer is right, as judged last; null before that.</summary>
    public double? OwnProbability { get; private set; }

    /// <summary>The same by its judge alone, whatever was said before: what the next judge is told, in the fit and here.</summary>
    public double? AloneProbability { get; private set; }

    /// <summary>The chance that the target's would be; null before a verdict.</summary>
    public double? TargetProbability { get; private set; }

    /// <summary>The verdict so far; once it is not <see cref="Verdict.Continue"/> it is final.</summary>
    public Verdict Verdict { get; private set; } = Verdict.Continue;

    /// <summary>Whether it fell before the end.</summary>
    public bool IsEarly { get; private set; }

    /// <summary>Takes the next token, and judges if a checkpoint is reached.</summary>
    /// <inheritdoc cref="AnswerReader.Add" path="/param"/>
    public Verdict Add(float logProbability, float entropy, float margin, ReadOnlySpan<char> answer)
    {
        reader.Add(logProbability, entropy, margin, answer);
        if (Verdict != Verdict.Continue || _next == rule.Checkpoints.Count || reader.Tokens < rule.Checkpoints[_next])
            return Verdict;
        int checkpoint = _next++;
        double gain = Judge(IndexOf(rule.Checkpoints[checkpoint]), AnswerEnd.Running, answer);
        Verdict = rule.At(checkpoint, gain, threshold);
        IsEarly = Verdict != Verdict.Continue;
        return Verdict;
    }

    /// <summary>Judges the whole answer, unless the verdict has already fallen.</summary>
    /// <param name="end">How it ended.</param>
    /// <param name="answer">All of its text.</param>
    public Verdict Finish(AnswerEnd end, ReadOnlySpan<char> answer)
    {
        if (Verdict == Verdict.Continue)
            Verdict = EarlyRule.AtEnd(Judge(judge.End, end, answer), threshold);
        return Verdict;
    }

    // A rule may leave checkpoints of its judge out.
    private int IndexOf(int tokens)
    {
        for (int i = 0; i < judge.Checkpoints.Count; i++)
        {
            if (judge.Checkpoints[i] == tokens)
                return i;
        }

        throw new InvalidOperationException($"the judge has no checkpoint at {tokens} tokens");
    }

    private double Judge(int checkpoint, AnswerEnd end, ReadOnlySpan<char> answer)
    {
        float[] features = reader.Features(end, answer);
        double own = judge.OwnProbability(checkpoint, features);
        double gain = judge.Gain(checkpoint, features);
        if (double.IsNaN(own))
            return gain;
        double target = own + gain;
        AloneProbability = own;
        if (comparison is not null && checkpoint == judge.End)
        {
            (own, target) = comparison.Correct(own, target, answer);
            gain = target - own;
        }

        (OwnProbability, TargetProbability) = (own, target);
        return gain;
    }
}

/// <summary>
/// Judges an answer where it is made: a rejected one ends with the token that it was rejected at. Written on the member's thread up to
/// the end of the answer, read on the request's.
/// </summary>
/// <param name="verdict">Judges.</param>
/// <param name="isGated">Whether the answer may be rejected; one that may not is watched only.</param>
public sealed class AnswerJudge(RunningVerdict verdict, bool isGated) : IAnswerObserver
{
    private long _firstAt;
    private TimeSpan? _acceptedAfter;
    private int _count;
    private volatile int _verdict = (int)Verdict.Continue;
    private volatile Exception? _fault;

    /// <summary>The verdict so far; final once it is not <see cref="Verdict.Continue"/>.</summary>
    public Verdict Verdict => (Verdict)_verdict;

    /// <summary>Whether it fell before the end.</summary>
    public bool IsEarly { get; private set; }

    /// <summary>Tokens that had been made when it fell.</summary>
    public int OutputTokens => _count;

    /// <summary>When it saw the first token, as <see cref="Stopwatch.GetTimestamp"/>; 0 before.</summary>
    public long BeganAt => _firstAt;

    /// <summary>When the verdict fell, likewise.</summary>
    public long FellAt { get; private set; }

    /// <summary>From the first token to an acceptance before the end; null without one.</summary>
    public TimeSpan? AcceptedAfter => Verdict == Verdict.Accept && IsEarly ? _acceptedAfter : null;

    /// <summary>The chance that the answer is right; null before it was judged.</summary>
    public double? OwnProbability => verdict.OwnProbability;

    /// <inheritdoc cref="RunningVerdict.AloneProbability"/>
    public double? AloneProbability => verdict.AloneProbability;

    /// <summary>The chance that the target's answer is; null before it was judged.</summary>
    public double? TargetProbability => verdict.TargetProbability;

    /// <summary>What broke the judge, which is a fault of this program; null if nothing did.</summary>
    public Exception? Fault => _fault;

    /// <inheritdoc/>
    public bool OnToken(in AnswerEvent token, ReadOnlySpan<char> text)
    {
        if (Verdict != Verdict.Continue || _fault is not null)
            return true;
        if (_count++ == 0)
            _firstAt = Stopwatch.GetTimestamp();
        try
        {
            TokenSignals signals = token.Signals ?? new(float.NaN, float.NaN, float.NaN);
            Verdict now = verdict.Add(signals.LogProbability, signals.Entropy, signals.Margin, text);
            if (now == Verdict.Continue)
                return true;
            IsEarly = true;
            FellAt = Stopwatch.GetTimestamp();
            _acceptedAfter = Stopwatch.GetElapsedTime(_firstAt, FellAt);
            _verdict = (int)now;
            return now == Verdict.Accept;
        }
        catch (Exception e)
        {
            // Whatever it is, the member's other answers must go on.
            _fault = e;
            return !isGated;
        }
    }

    /// <summary>Judges the whole answer, unless the verdict has already fallen.</summary>
    public void Finish(AnswerEnd end, ReadOnlySpan<char> answer)
    {
        if (Verdict != Verdict.Continue || _fault is not null)
            return;
        try
        {
            Verdict now = verdict.Finish(end, answer);
            FellAt = Stopwatch.GetTimestamp();
            _verdict = (int)now;
        }
        catch (Exception e)
        {
            _fault = e;
        }
    }
}

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
