using System.Numerics;

namespace CascadeLocal.Engine.Sampling;

/// <summary>The twin of native/ in C#: the same passes with the same results, for where the library was not built.</summary>
internal sealed class ManagedLogitsKernel : ILogitsKernel
{
    // A block stays in the first-level cache between finding its maximum and summing its powers.
    private const int Block = 2048;

    public string Name => "managed";

    public LogitsSummary Summarize(ReadOnlySpan<float> logits)
    {
        LogitsSummary summary = new()
        {
            Best = -1,
            BestLogit = float.NegativeInfinity,
            SecondLogit = float.NegativeInfinity,
        };
        double sum = 0;
        double moment = 0;
        for (int start = 0; start < logits.Length; start += Block)
        {
            ReadOnlySpan<float> block = logits.Slice(start, Math.Min(Block, logits.Length - start));
            float before = summary.BestLogit;
            SeeTopTwo(block, ref summary);
            if (summary.BestLogit > before)
            {
                summary.Best = start + LogitVectors.IndexOf(block, summary.BestLogit);
                if (sum > 0)
                {
                    // What was summed relative to the old maximum moves to the new one.
                    double shift = (double)before - summary.BestLogit;
                    double factor = Math.Exp(shift);
                    moment = factor > 0 ? (moment + shift * sum) * factor : 0;
                    sum *= factor;
                }
            }

            if (summary.Best >= 0)
                AddPowers(block, summary.BestLogit, ref sum, ref moment);
        }

        if (summary.Best < 0)
            return summary;
        summary.LogSum = Math.Log(sum);
        summary.Entropy = Math.Max(0, summary.LogSum - moment / sum);
        return summary;
    }

    public int Choose(ReadOnlySpan<float> logits, TokenSelection selection, double uniform, Span<ulong> scratch) =>
        ManagedTokenChoice.Choose(logits, selection, uniform, scratch);

    // The best two logits so far; the second equals the first where two tokens tie.
    private static void SeeTopTwo(ReadOnlySpan<float> block, ref LogitsSummary summary)
    {
        Vector<float> first = new(float.NegativeInfinity);
        Vector<float> second = first;
        for (int i = 0; i < block.Length; i += Vector<float>.Count)
        {
            Vector<float> x = LogitVectors.Load(block, i);
            second = Vector.MaxNative(second, Vector.MinNative(first, x));
            first = Vector.MaxNative(first, x);
        }

        if (!Vector.GreaterThanAny(first, new Vector<float>(summary.SecondLogit)))
            return;
        for (int lane = 0; lane < Vector<float>.Count; lane++)
        {
            See(first[lane], ref summary);
            See(second[lane], ref summary);
        }
    }

    private static void See(float logit, ref LogitsSummary summary)
    {
        if (logit > summary.BestLogit)
        {
            summary.SecondLogit = summary.BestLogit;
            summary.BestLogit = logit;
        }
        else if (logit > summary.SecondLogit)
        {
            summary.SecondLogit = logit;
        }
    }

    // Adds the block's sums of exp(x - best) and (x - best) exp(x - best).
    private static void AddPowers(ReadOnlySpan<float> block, float best, ref double sum, ref double moment)
    {
        Vector<float> lowest = new(LogitVectors.LowestExponent);
        Vector<float> powers = Vector<float>.Zero;
        Vector<float> moments = Vector<float>.Zero;
        for (int i = 0; i < block.Length; i += Vector<float>.Count)
        {
            Vector<float> distance = Vector.MaxNative(LogitVectors.Load(block, i) - new Vector<float>(best), lowest);
            Vector<float> power = LogitVectors.Exp(distance);
            powers += power;
            moments += power * distance;
        }

        sum += Vector.Sum(powers);
        moment += Vector.Sum(moments);
    }
}
