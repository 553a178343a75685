using System.Diagnostics;

using CascadeLocal.Engine.Native;

namespace CascadeLocal.Engine.Scheduling;

/// <summary>What a drafted token takes on this machine, in steps that decode one token.</summary>
/// <param name="Draft">To draft it.</param>
/// <param name="Verify">To verify it in a step of one sequence, alone or with others, whichever takes more for each.</param>
internal readonly record struct DraftCost(double Draft, double Verify)
{
    /// <summary>Whether a draft may ever take less than what it saves: beside others it saves less still.</summary>
    public bool MayPay => Draft + Verify < 1;

    private const int PromptTokens = 16;

    // Some kernels take several times as long for two tokens as for one, and less for each of more.
    private static readonly int[] Chunks = [1, 4];
    private const int Rounds = 9;

    /// <summary>A model that takes longer for one round is slow enough not to be asked again.</summary>
    private static readonly TimeSpan LongRound = TimeSpan.FromSeconds(0.5);

    /// <summary>
    /// To verify it in a step of so many sequences, in steps of these for each. Every token of such a step but the first takes what a
    /// verified one does, so with more sequences less is saved.
    /// </summary>
    public double VerifyBeside(int running) => running * Verify / (1 + ((running - 1) * Verify));

    /// <summary>
    /// Measures it: the fastest of some rounds, since other work only ever adds to a time. It is rounded to powers of the square root of 2,
    /// so that the same machine finds the same figures: they decide the shape of batches.
    /// </summary>
    /// <param name="model">The model that verifies, before anything is decoded on it; used on this thread alone.</param>
    /// <param name="drafter">The one that drafts; null where drafting takes no decode.</param>
    /// <param name="most">The most tokens of a batch and of a sequence.</param>
    /// <returns>What was measured; null where a decode failed.</returns>
    public static DraftCost? Measure(IModelContext model, IModelContext? drafter, int most)
    {
        if (most < PromptTokens + 1 + Chunks[^1])
            return null;
        TimeSpan? plain = Fastest(model, 1);
        TimeSpan? drafted = drafter is null ? TimeSpan.Zero : Fastest(drafter, 1);
        if (plain is null || drafted is null)
            return null;
        double verify = 0;
        foreach (int chunk in Chunks)
        {
            if (Fastest(model, 1 + chunk) is not { } verified)
                return null;
            verify = Math.Max(verify, ((verified / plain.Value) - 1) / chunk);
        }

        return new(Rounded(drafted.Value / plain.Value), Rounded(verify));
    }

    private static double Rounded(double share) => share <= 0 ? 0 : Math.Pow(2, Math.Round(2 * Math.Log2(share)) / 2);

    private static TimeSpan? Fastest(IModelContext model, int tokens)
    {
        using StepBatch batch = new(Math.Max(PromptTokens, tokens));
        Fill(batch, model, 0, PromptTokens);
        TimeSpan fastest = TimeSpan.MaxValue;
        bool isSound = model.Decode(batch) == DecodeStatus.Ok;
        Fill(batch, model, PromptTokens, tokens);
        for (int round = 0; isSound && round < Rounds && (round == 0 || fastest < LongRound); round++)
        {
            long started = Stopwatch.GetTimestamp();
            isSound = model.Decode(batch) == DecodeStatus.Ok;
            if (isSound)
                _ = model.Logits(tokens - 1);
            TimeSpan taken = Stopwatch.GetElapsedTime(started);
            fastest = taken < fastest ? taken : fastest;
            isSound = isSound && model.Remove(0, PromptTokens, -1);
        }

        model.Clear();
        return isSound ? fastest : null;
    }

    private static void Fill(StepBatch batch, IModelContext model, int from, int count)
    {
        batch.Clear();
        for (int i = 0; i < count; i++)
            batch.Add((from + i) % model.VocabularySize, from + i, 0, logits: from > 0 || i == count - 1);
    }
}
