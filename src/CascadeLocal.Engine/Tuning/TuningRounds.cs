namespace CascadeLocal.Engine.Tuning;

/// <summary>
/// Times of several ways to serve a model, measured in turns, and which of them is taken. The first way is the one in force, and it is
/// measured again as the last: other work on a machine only ever adds to a time, so the shorter of the two stands for it, and how far
/// they lie apart is the noise.
/// </summary>
internal sealed class TuningRounds
{
    /// <summary>The least share of time by which another way has to be faster, however quiet the machine is.</summary>
    public const double LeastGain = 0.03;

    private readonly List<double[][]> _rounds = [];
    private readonly List<double> _noise = [];

    /// <summary>How many there are.</summary>
    public int Count => _rounds.Count;

    /// <summary>Takes in a round.</summary>
    /// <param name="seconds">For each way, the one in force first and last, the seconds of each part of the work.</param>
    public void Add(double[][] seconds)
    {
        _noise.Add(Math.Abs(Gain(seconds[0], seconds[^1])));
        _rounds.Add([[.. seconds[0].Zip(seconds[^1], Math.Min)], .. seconds[1..^1]]);
    }

    /// <summary>
    /// The way that is taken, 0 for the one in force. Another one is, where in every round it was faster, over the geometric mean of the parts, by
    /// more than the noise and <see cref="LeastGain"/>, and made no part slower by more than that. A later one has to be so much faster
    /// than the one before it, not only than the one in force.
    /// </summary>
    public int Best()
    {
        int best = 0;
        double margin = Math.Max(LeastGain, Noise);
        for (int way = 1; way < _rounds[0].Length; way++)
        {
            if (!Spoils(way) && _rounds.TrueForAll(round => Gain(round[best], round[way]) > margin))
                best = way;
        }

        return best;
    }

    /// <summary>Whether a way that was put together from such ones is faster than the one in force, and makes no part slower.</summary>
    public bool Holds(int way) => !Spoils(way) && Enumerable.Range(0, Parts).Sum(part => Math.Log(Ratio(way, part))) < 0;

    /// <summary>The time of a part as a multiple of that of the way in force: the shortest of all rounds, of both.</summary>
    public double Ratio(int way, int part) => _rounds.Min(round => round[way][part]) / _rounds.Min(round => round[0][part]);

    private int Parts => _rounds[0][0].Length;

    /// <summary>How far two measurements of the same way typically lie apart: the median of the rounds.</summary>
    private double Noise => _noise.Order().ElementAt(_noise.Count / 2);

    private bool Spoils(int way) => Enumerable.Range(0, Parts).Any(part => Ratio(way, part) > 1 + LeastGain);

    /// <summary>The share of time that <paramref name="other"/> saves.</summary>
    private static double Gain(double[] one, double[] other) =>
        1 - Math.Exp(one.Zip(other, (before, after) => Math.Log(after / before)).Average());
}
