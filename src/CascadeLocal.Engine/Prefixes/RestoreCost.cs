using System.Diagnostics;

using CascadeLocal.Engine.Native;

namespace CascadeLocal.Engine.Prefixes;

/// <summary>What it takes on this machine to evaluate a token of a prompt, and to copy a byte of a state in place of that.</summary>
/// <param name="SecondsPerToken">Of a prompt that is evaluated alone.</param>
/// <param name="SecondsPerByte">Of a state that is saved or restored.</param>
internal readonly record struct RestoreCost(double SecondsPerToken, double SecondsPerByte)
{
    /// <summary>Tokens that are evaluated to find out.</summary>
    private const int Tokens = 32;

    /// <summary>A model that takes longer for one batch is slow enough not to be asked again.</summary>
    private static readonly TimeSpan LongBatch = TimeSpan.FromSeconds(0.5);

    /// <summary>How much sooner a prompt is evaluated that has <paramref name="tokens"/> from a state of <paramref name="bytes"/>, in seconds.</summary>
    public double Gain(int tokens, long bytes) => (tokens * SecondsPerToken) - (bytes * SecondsPerByte);

    /// <summary>
    /// Measures it: the faster of up to three rounds, of which the first also warms the model up. The memory is empty before and after.
    /// </summary>
    /// <param name="model">The model, before anything is decoded on it; used on this thread alone.</param>
    /// <param name="most">The most tokens of a batch and of a sequence.</param>
    /// <returns>What was measured; null where the model cannot do it.</returns>
    public static RestoreCost? Measure(IModelContext model, int most)
    {
        int tokens = Math.Min(Tokens, most);
        using StepBatch batch = new(tokens);
        for (int i = 0; i < tokens; i++)
            batch.Add(i % model.VocabularySize, i, 0, logits: i == tokens - 1);
        TimeSpan evaluated = TimeSpan.MaxValue;
        TimeSpan copied = TimeSpan.MaxValue;
        long bytes = 0;
        for (int round = 0; round < 3 && (round == 0 || evaluated < LongBatch); round++)
        {
            model.Clear();
            long started = Stopwatch.GetTimestamp();
            if (model.Decode(batch) != DecodeStatus.Ok)
                return Ended(model, null);
            _ = model.Logits(tokens - 1);
            evaluated = Min(evaluated, Stopwatch.GetElapsedTime(started));
            bytes = model.StateBytes(0);
            if (bytes <= 0)
                return Ended(model, null);
            using StateBuffer state = new(bytes);
            started = Stopwatch.GetTimestamp();
            if (!model.SaveState(0, state))
                return Ended(model, null);
            TimeSpan saved = Stopwatch.GetElapsedTime(started);
            model.Remove(0, -1, -1);
            started = Stopwatch.GetTimestamp();
            if (!model.LoadState(0, state))
                return Ended(model, null);
            TimeSpan loaded = Stopwatch.GetElapsedTime(started);
            copied = Min(copied, saved > loaded ? saved : loaded);
        }

        return Ended(model, new RestoreCost(evaluated.TotalSeconds / tokens, copied.TotalSeconds / bytes));
    }

    private static RestoreCost? Ended(IModelContext model, RestoreCost? cost)
    {
        model.Clear();
        return cost;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
