namespace CascadeLocal.Calibration.Fitting;

/// <summary>Compares candidates question by question, since all of them met the same questions.</summary>
internal static class HeldOutChoice
{
    public static IReadOnlyList<Candidate> Compare(QuestionTable table, IReadOnlyList<CandidateScores> scores, AnswerValue value)
    {
        double[][] values = [.. scores.Select(candidate => candidate.Values(value))];
        double[] means = [.. values.Select(v => v.Average())];
        double[] best = values[Array.IndexOf(means, means.Max())];
        return [.. scores.Select((candidate, i) =>
        {
            double[] behind = [.. best.Zip(values[i], (of, own) => of - own)];
            return new Candidate(
                candidate.Clusters, candidate.Shrinkage, means[i], behind.Average(), StandardError(table, behind), candidate.Outcome());
        })];
    }

    /// <summary>Of the mean over all questions, where questions with the same text count as one draw.</summary>
    internal static double StandardError(QuestionTable table, double[] differences)
    {
        int texts = table.Texts.Count;
        double mean = differences.Average();
        double[] sums = new double[texts];
        for (int q = 0; q < differences.Length; q++)
            sums[table.Questions[q].Text] += differences[q] - mean;
        return Math.Sqrt(sums.Sum(sum => sum * sum) * texts / (texts - 1)) / differences.Length;
    }
}
