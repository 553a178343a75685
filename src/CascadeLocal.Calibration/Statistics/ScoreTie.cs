namespace CascadeLocal.Calibration.Statistics;

/// <summary>The answers of one score.</summary>
/// <param name="Score">Their score.</param>
/// <param name="Count">How many they are.</param>
/// <param name="Right">The sum of their labels.</param>
internal readonly record struct ScoreTie(double Score, int Count, double Right)
{
    /// <summary>What the labels leave.</summary>
    public double Wrong => Count - Right;

    /// <summary>All answers, equal scores together, from the highest score down.</summary>
    /// <exception cref="ArgumentException">Lengths differ, or a score or a label is not what it should be.</exception>
    public static List<ScoreTie> Falling(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels)
    {
        if (scores.Length != labels.Length)
            throw new ArgumentException($"{scores.Length} scores are not those of {labels.Length} labels");
        double[] keys = scores.ToArray();
        double[] values = labels.ToArray();
        if (Array.Exists(keys, double.IsNaN) || !Array.TrueForAll(values, v => v is >= 0 and <= 1))
            throw new ArgumentException("scores are numbers and labels are 0..1");
        Array.Sort(keys, values);
        List<ScoreTie> ties = [];
        for (int i = keys.Length - 1; i >= 0; i--)
        {
            if (ties.Count > 0 && ties[^1].Score == keys[i])
                ties[^1] = new(keys[i], ties[^1].Count + 1, ties[^1].Right + values[i]);
            else
                ties.Add(new(keys[i], 1, values[i]));
        }

        return ties;
    }
}
