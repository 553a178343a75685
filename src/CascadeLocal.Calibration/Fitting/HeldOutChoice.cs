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

/// <summary>What held-out questions say.</summary>
/// <param name="Candidates">All that was tried, by growing k, then shrinkage.</param>
/// <param name="ShadowPrice">Accuracy per ms at the budget: the median over all folds and k.</param>
public sealed record HeldOutResult(IReadOnlyList<Candidate> Candidates, double ShadowPrice)
{
    /// <summary>
    /// Of the smallest k that has a candidate within one standard error of the best, that candidate which is worth most.
    /// </summary>
    public Candidate Chosen => Candidates.Where(c => c.Behind <= c.StandardError).GroupBy(c => c.Clusters).First().MaxBy(c => c.Value)!;

    /// <summary>Every question routed by its own forecast, beside <see cref="Chosen"/>; null where that was not tried.</summary>
    public ForecastTrial? ByQuery { get; init; }

    /// <summary>The candidate of a k that is worth most.</summary>
    public Candidate Best(int clusters) => Candidates.Where(c => c.Clusters == clusters).MaxBy(c => c.Value)!;
}

/// <summary>A way to cluster that was tried on held-out questions.</summary>
/// <param name="Clusters">k.</param>
/// <param name="Shrinkage">How many questions of the pool's error rate are added to every cluster.</param>
/// <param name="Value">Accuracy less the priced cost, the mean over all held-out questions.</param>
/// <param name="Behind">By how much it is worth less than the best, per question.</param>
/// <param name="StandardError">Of that difference, paired by text.</param>
/// <param name="Expected">What its routing gave on the held-out questions.</param>
public sealed record Candidate(
    int Clusters, double Shrinkage, double Value, double Behind, double StandardError, RoutingOutcome Expected);
