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
        if (comparison is not null && checkpoint == judge.End)
        {
            (own, target) = comparison.Correct(own, target, answer);
            gain = target - own;
        }

        (OwnProbability, TargetProbability) = (own, target);
        return gain;
    }
}
