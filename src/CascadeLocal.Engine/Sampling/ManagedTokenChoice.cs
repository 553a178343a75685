using System.Runtime.InteropServices;

namespace CascadeLocal.Engine.Sampling;

/// <summary>
/// The choice of one token: top-k, top-p and min-p at temperature 1, then the temperature, then one draw. The twin of
/// native/src/sampling.cpp.
/// </summary>
internal static class ManagedTokenChoice
{
    private const int CollectBlock = 1024;

    /// <inheritdoc cref="ILogitsKernel.Choose"/>
    public static int Choose(ReadOnlySpan<float> logits, TokenSelection selection, double uniform, Span<ulong> scratch)
    {
        float best = LogitVectors.Max(logits);
        if (float.IsNegativeInfinity(best))
            return -1;
        if (selection.Temperature == 0 || selection.TopK == 1)
            return LogitVectors.IndexOf(logits, best);

        float threshold = MinPThreshold(best, selection.MinP);
        bool byK = selection.TopK > 0 && selection.TopK < logits.Length;
        bool byP = selection.TopP < 1;
        if (!byK && !byP)
            return DrawFromAll(logits, best, selection.Temperature, threshold, uniform, MemoryMarshal.Cast<ulong, double>(scratch));

        Span<ulong> kept;
        if (byK)
        {
            kept = TakeTopK(logits, selection.TopK, scratch);
            if (byP)
                kept = TakeTopP(kept, best, selection.TopP * MassOf(kept, best));
            kept = DropBelow(kept, threshold);
        }
        else
        {
            double total = Mass(logits, best);
            kept = CollectForTopP(logits, best, selection.TopP, threshold, total, scratch);
            kept = TakeTopP(kept, best, selection.TopP * total);
        }

        return DrawFrom(kept, best, selection.Temperature, uniform);
    }

    /// <summary>The keys of the best tokens, best first: <paramref name="count"/> of them, or as many as are possible.</summary>
    public static ReadOnlySpan<ulong> Best(ReadOnlySpan<float> logits, int count, Span<ulong> scratch) =>
        count == 0 ? [] : TakeTopK(logits, Math.Min(count, logits.Length), scratch);

    private static float Representable(double logit) => (float)Math.Max(logit, -float.MaxValue);

    private static float LowestThatWeighs(float best, float temperature) =>
        Representable(best + (double)LogitVectors.LowestExponent * temperature);

    // No token below this logit passes min-p.
    private static float MinPThreshold(float best, float minP) =>
        minP > 0 ? Representable(best + Math.Log(minP)) : -float.MaxValue;

    // A draw from the whole vocabulary needs no order but that of the ids: find the block the number falls into, then
    // the token in it.
    private static int DrawFromAll(
        ReadOnlySpan<float> logits, float best, float temperature, float threshold, double uniform, Span<double> blocks)
    {
        const int size = LogitVectors.WeightBlock;
        float scale = MathF.Min(1 / temperature, float.MaxValue);
        threshold = MathF.Max(threshold, LowestThatWeighs(best, temperature));
        int lastBlock = (logits.Length - 1) / size;
        double total = 0;
        for (int i = 0; i <= lastBlock; i++)
        {
            blocks[i] = LogitVectors.Weigh(BlockOf(logits, i), best, scale, threshold);
            total += blocks[i];
        }

        double target = uniform * total;
        double passed = 0;
        int block = 0;
        for (; block < lastBlock && passed + blocks[block] <= target; block++)
            passed += blocks[block];
        while (blocks[block] <= 0) // only when rounding carried the target past the last weight
            block--;
        ReadOnlySpan<float> inBlock = BlockOf(logits, block);
        int token = -1;
        for (int i = 0; i < inBlock.Length; i++)
        {
            float logit = SortKey.Usable(inBlock[i]);
            if (logit < threshold)
                continue;
            token = block * size + i;
            passed += MathF.Exp((logit - best) * scale);
            if (passed > target)
                break;
        }

        return token;
    }

    private static ReadOnlySpan<float> BlockOf(ReadOnlySpan<float> logits, int block)
    {
        int start = block * LogitVectors.WeightBlock;
        return logits.Slice(start, Math.Min(LogitVectors.WeightBlock, logits.Length - start));
    }

    private static int DrawFrom(Span<ulong> keys, float best, double temperature, double uniform)
    {
        double total = 0;
        foreach (ref ulong key in keys)
        {
            float logit = SortKey.Logit(key);
            total += Weight(logit, best, temperature);
            // The draw walks ascending ids.
            key = ((ulong)(uint)SortKey.Token(key) << 32) | BitConverter.SingleToUInt32Bits(logit);
        }

        keys.Sort();
        double target = uniform * total;
        double passed = 0;
        int token = -1;
        foreach (ulong key in keys)
        {
            double weight = Weight(BitConverter.UInt32BitsToSingle((uint)key), best, temperature);
            if (weight <= 0)
                continue;
            token = (int)(key >> 32);
            passed += weight;
            if (passed > target)
                break;
        }

        return token;
    }

    private static double Weight(float logit, float best, double temperature) =>
        Math.Exp(((double)logit - best) / temperature);

    // The k best tokens. Whenever 2k and a block have gathered, all but the k best go and the threshold rises.
    private static Span<ulong> TakeTopK(ReadOnlySpan<float> logits, int k, Span<ulong> scratch)
    {
        int capacity = (int)Math.Min(logits.Length, (2L * k) + CollectBlock);
        float threshold = -float.MaxValue;
        int count = 0;
        for (int start = 0; start < logits.Length; start += CollectBlock)
        {
            ReadOnlySpan<float> block = logits.Slice(start, Math.Min(CollectBlock, logits.Length - start));
            if (count + block.Length > capacity)
            {
                scratch[..count].Sort();
                count = k;
                threshold = SortKey.Logit(scratch[k - 1]);
            }

            count += LogitVectors.Collect(block, start, threshold, scratch[count..]);
        }

        scratch[..count].Sort();
        return scratch[..Math.Min(count, k)];
    }

    private static double Mass(ReadOnlySpan<float> logits, float best)
    {
        double mass = 0;
        for (int i = 0; i <= (logits.Length - 1) / LogitVectors.WeightBlock; i++)
            mass += LogitVectors.Weigh(BlockOf(logits, i), best, 1, LowestThatWeighs(best, 1));
        return mass;
    }

    // The tokens that top-p could keep: those with p >= (1 - topP) / n. Proof: a token is kept only if the ones before
    // it have less than topP, so it and all after it have more than 1 - topP. None of these, at most n, is more
    // probable than it is; so its own share is more than (1 - topP) / n.
    private static Span<ulong> CollectForTopP(
        ReadOnlySpan<float> logits, float best, float topP, float threshold, double total, Span<ulong> scratch)
    {
        const double roundingSlack = 1e-4; // in nats
        double bound = best + Math.Log(total * (1.0 - topP) / logits.Length) - roundingSlack;
        threshold = (float)Math.Max(threshold, bound);
        return scratch[..LogitVectors.Collect(logits, 0, threshold, scratch)];
    }

    // The most probable keys that together reach the mass, all if they do not.
    private static Span<ulong> TakeTopP(Span<ulong> keys, float best, double mass)
    {
        keys.Sort();
        double passed = 0;
        for (int i = 0; i < keys.Length; i++)
        {
            passed += Weight(SortKey.Logit(keys[i]), best, 1);
            if (passed >= mass)
                return keys[..(i + 1)];
        }

        return keys;
    }

    // The keys are sorted.
    private static Span<ulong> DropBelow(Span<ulong> keys, float threshold)
    {
        int count = keys.Length;
        while (SortKey.Logit(keys[count - 1]) < threshold)
            count--;
        return keys[..count];
    }

    private static double MassOf(ReadOnlySpan<ulong> keys, float best)
    {
        double mass = 0;
        foreach (ulong key in keys)
            mass += Weight(SortKey.Logit(key), best, 1);
        return mass;
    }
}
