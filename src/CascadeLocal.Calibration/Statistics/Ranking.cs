namespace CascadeLocal.Calibration.Statistics;

/// <summary>How well scores rank right answers above wrong ones. Labels are 0..1; one between counts in part as each.</summary>
public static class Ranking
{
    /// <summary>
    /// The area under the ROC curve: the chance that a right answer scores above a wrong one, ties counted half. Null where
    /// there are only right or only wrong answers.
    /// </summary>
    public static double? Auroc(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels)
    {
        double right = 0;
        double wrong = 0;
        double ordered = 0;
        double self = 0;
        foreach (ScoreTie tie in ScoreTie.Falling(scores, labels))
        {
            ordered += tie.Wrong * (right + tie.Right / 2);
            right += tie.Right;
            wrong += tie.Wrong;
        }

        // An answer that is right in part is no pair with itself.
        foreach (double label in labels)
            self += label * (1 - label);
        double pairs = right * wrong - self;
        return pairs > 1e-12 * scores.Length ? (ordered - self / 2) / pairs : null;
    }

    /// <summary>
    /// The average precision: the mean of the precision at each score, weighted by the recall it adds; equal scores come
    /// together. Null where nothing is right.
    /// </summary>
    public static double? AveragePrecision(ReadOnlySpan<double> scores, ReadOnlySpan<double> labels)
    {
        double right = 0;
        double all = 0;
        double sum = 0;
        foreach (ScoreTie tie in ScoreTie.Falling(scores, labels))
        {
            right += tie.Right;
            all += tie.Count;
            sum += tie.Right * right / all;
        }

        return right > 0 ? sum / right : null;
    }
}
