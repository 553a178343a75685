using System.Diagnostics;

namespace CascadeLocal.Engine.Tuning;

/// <summary>A way to serve a model, of those that are compared.</summary>
/// <param name="FlashAttention">Whether it is asked for; null leaves it to llama.cpp.</param>
/// <param name="Threads">Threads of a step of one token.</param>
/// <param name="ThreadsBatch">Threads of a step of more.</param>
/// <param name="PrefillBudget">Prompt tokens of a step.</param>
internal readonly record struct TuningPoint(bool? FlashAttention, int Threads, int ThreadsBatch, int PrefillBudget);

/// <summary>What is timed.</summary>
internal enum TuningPart
{
    /// <summary>Decoding behind little text.</summary>
    Decode,

    /// <summary>Decoding behind much text.</summary>
    DeepDecode,

    /// <summary>Decoding several sequences at once.</summary>
    Together,

    /// <summary>A prompt of an empty sequence.</summary>
    Prompt,

    /// <summary>A prompt behind much text.</summary>
    DeepPrompt,
}

/// <summary>A setting that nobody has set.</summary>
/// <param name="Name">As the configuration calls it.</param>
/// <param name="Parts">What it changes.</param>
/// <param name="Default">Its default, in words.</param>
/// <param name="Others">What else is tried, nearest to the default first.</param>
internal sealed record TuningAxis(string Name, TuningPart[] Parts, string Default, IReadOnlyList<(string Value, Func<TuningPoint, TuningPoint> Set)> Others);

/// <summary>What became of a setting.</summary>
/// <param name="Setting">As the configuration calls it.</param>
/// <param name="Default">Its default.</param>
/// <param name="Chosen">What it is to be.</param>
/// <param name="Rounds">How often all values were measured.</param>
/// <param name="Tried">The values that were compared with the default.</param>
public sealed record TunedSetting(string Setting, string Default, string Chosen, int Rounds, IReadOnlyList<TriedValue> Tried);

/// <summary>A value that was compared with the default.</summary>
/// <param name="Value">The value.</param>
/// <param name="TpotRatio">Time per decoded token as a multiple of the default's; null where the setting does not touch it.</param>
/// <param name="PrefillRatio">Prompt tokens per second as a multiple of the default's; null where the setting does not touch them.</param>
public sealed record TriedValue(string Value, double? TpotRatio, double? PrefillRatio);

/// <summary>
/// Coordinate descent from the defaults: one setting after the other is varied, with what was taken before in force. What was put together is
/// compared with the defaults once more at the end, and falls as a whole where it is not faster.
/// </summary>
/// <param name="seconds">Times a part of the work under a way to serve.</param>
/// <param name="parts">The parts that can be timed; decoding and a prompt are among them.</param>
/// <param name="most">How long one setting may take, as far as that leaves <see cref="LeastRounds"/>.</param>
internal sealed class TuningSearch(Func<TuningPoint, TuningPart, double> seconds, IReadOnlyList<TuningPart> parts, TimeSpan most)
{
    /// <summary>Fewer say nothing: what is better by chance is so in all of them too often.</summary>
    public const int LeastRounds = 5;

    private const int MostRounds = 9;

    /// <summary>Finds the way that is taken.</summary>
    /// <param name="start">The defaults.</param>
    /// <param name="axes">The settings, in the order in which they are varied.</param>
    /// <param name="progress">Told how many of the comparisons are done, 0 to 1.</param>
    public TuningOutcome Run(TuningPoint start, IReadOnlyList<TuningAxis> axes, IProgress<double>? progress = null)
    {
        TuningPoint best = start;
        List<TunedSetting> settings = [];
        foreach (TuningAxis axis in axes)
        {
            TuningPart[] touched = [.. axis.Parts.Intersect(parts)];
            if (touched.Length == 0)
                continue;
            TuningPoint[] others = [.. axis.Others.Select(other => other.Set(best))];
            TuningRounds rounds = Compare(best, others, touched);
            int taken = rounds.Best();
            best = taken == 0 ? best : others[taken - 1];
            settings.Add(new(
                axis.Name, axis.Default, taken == 0 ? axis.Default : axis.Others[taken - 1].Value, rounds.Count,
                [.. axis.Others.Select((other, i) => Tried(other.Value, Ratios(rounds, i + 1, touched)))]));
            progress?.Report((double)settings.Count / (axes.Count + 1));
        }

        if (best == start)
            return new(start, settings, 1, 1, FellThrough: false);
        TuningRounds last = Compare(start, [best], [.. parts]);
        if (!last.Holds(1))
            return new(start, settings, 1, 1, FellThrough: true);
        (double? tpot, double? prefill) = Ratios(last, 1, [.. parts]);
        return new(best, settings, tpot!.Value, prefill!.Value, FellThrough: false);
    }

    private TuningRounds Compare(TuningPoint best, TuningPoint[] others, TuningPart[] touched)
    {
        TuningPoint[] ways = [best, .. others, best];
        TuningRounds rounds = new();
        long started = Stopwatch.GetTimestamp();
        while (rounds.Count < LeastRounds || (rounds.Count < MostRounds && Stopwatch.GetElapsedTime(started) < most))
        {
            double[][] round = new double[ways.Length][];
            for (int i = 0; i < ways.Length; i++)
            {
                // Every other round backwards: what grows or fades as the run goes on favours nobody.
                int way = rounds.Count % 2 == 0 ? i : ways.Length - 1 - i;
                round[way] = [.. touched.Select(part => seconds(ways[way], part))];
            }

            rounds.Add(round);
        }

        return rounds;
    }

    private static TriedValue Tried(string value, (double? Tpot, double? Prefill) ratios) => new(value, ratios.Tpot, ratios.Prefill);

    private static (double? Tpot, double? Prefill) Ratios(TuningRounds rounds, int way, TuningPart[] touched)
    {
        return (Mean(part => part is TuningPart.Decode or TuningPart.DeepDecode or TuningPart.Together),
            1 / Mean(part => part is TuningPart.Prompt or TuningPart.DeepPrompt));

        double? Mean(Func<TuningPart, bool> isOf)
        {
            int[] of = [.. Enumerable.Range(0, touched.Length).Where(i => isOf(touched[i]))];
            return of.Length == 0 ? null : Math.Exp(of.Average(i => Math.Log(rounds.Ratio(way, i))));
        }
    }
}

/// <summary>What a search has found.</summary>
/// <param name="Chosen">The way that is taken.</param>
/// <param name="Settings">The settings, one by one.</param>
/// <param name="TpotRatio">The time per decoded token of that way as a multiple of the defaults'.</param>
/// <param name="PrefillRatio">Its prompt tokens per second as a multiple of theirs.</param>
/// <param name="FellThrough">Whether what was chosen one by one was not faster together, so that the defaults stay.</param>
internal sealed record TuningOutcome(TuningPoint Chosen, IReadOnlyList<TunedSetting> Settings, double TpotRatio, double PrefillRatio, bool FellThrough);
