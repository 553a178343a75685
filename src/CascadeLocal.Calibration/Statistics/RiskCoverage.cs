namespace CascadeLocal.Calibration.Statistics;

/// <summary>What is wrong among the answers that a threshold accepts, over the share that it accepts.</summary>
public static class RiskCoverage
{
    /// <summary>One point per different score, from the highest score down; the last accepts all answers.</summary>
    public static IReadOnlyList<RiskPoint> Curve(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels)
    {
        List<RiskPoint> curve = [];
        double wrong = 0;
        int accepted = 0;
        foreach (ScoreTie tie in ScoreTie.Falling(scores, labels))
        {
            wrong += tie.Wrong;
            accepted += tie.Count;
            curve.Add(new(tie.Score, (double)accepted / scores.Length, wrong / accepted));
        }

        return curve;
    }

    /// <summary>
    /// The area under the curve: the mean risk of accepting the best 1, 2, ... n answers; answers of equal score come in
    /// random order. Null without answers.
    /// </summary>
    public static double? Area(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels)
    {
        double wrong = 0;
        double sum = 0;
        int accepted = 0;
        foreach (ScoreTie tie in ScoreTie.Falling(scores, labels))
        {
            for (int i = 1; i <= tie.Count; i++)
                sum += (wrong + tie.Wrong * i / tie.Count) / (accepted + i);
            wrong += tie.Wrong;
            accepted += tie.Count;
        }

        return accepted == 0 ? null : sum / accepted;
    }
}

/// <summary>A threshold and what it gives.</summary>
/// <param name="Threshold">Answers that score at least this are accepted.</param>
/// <param name="Coverage">The share that is accepted.</param>
/// <param name="Risk">The share of the accepted that is wrong.</param>
public readonly record struct RiskPoint(double Threshold, double Coverage, double Risk);
