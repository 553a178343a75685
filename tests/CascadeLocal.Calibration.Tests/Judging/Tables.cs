using CascadeLocal.Calibration.Joint;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

using CsCheck;

namespace CascadeLocal.Calibration.Tests.Judging;

/// <summary>Answered questions for tests.</summary>
internal static class Tables
{
    /// <summary>Small tables of three models and two clusters; answers are wrong, half right or right.</summary>
    public static Gen<JudgedQuestions> Any(bool certify) =>
        from answers in Gen.Select(Gen.Int[0, 2], Gen.Int[1, 12], Gen.Int[1, 30]).Array[3].Array[4, 14]
        from clusters in Gen.Int[0, 1].Array[answers.Length]
        select new JudgedQuestions(["a", "b", "c"], 2, [.. answers.Select((row, q) => new JudgedQuestion(
            q, clusters[q], certify && q % 2 == 1, [.. row.Select((a, m) => new JudgedAnswer(
                a.Item1 / 2.0, a.Item2 + 1, 10, a.Item3 + 10 * m, 10 + (a.Item3 + 10 * m) * a.Item2))]))]);

    /// <summary>Gains that are a fixed scramble of the question's number, for the first two models.</summary>
    public static GateScores?[] Scores(JudgedQuestions table) =>
        [.. Enumerable.Range(0, 2).Select(m => new GateScores([], [.. table.Questions.Select((_, q) => new[] { (q * 7 + m * 3) % 11 / 5.5 - 1 })])), null];

    /// <summary>The actions that the clusters of a table can choose from.</summary>
    public static ActionTable Actions(JudgedQuestions table, GateScores?[] scores, JointOptions options)
    {
        int strongest = table.Strongest(CostMetric.Tpot);
        PlanReplay replay = new(table, scores, [.. scores.Select(_ => EarlyRule.None)]);
        return new(replay, [.. scores.Select(s => s is not null)], options, strongest, strongest, table.Fit);
    }

    /// <summary>What all combinations of the same actions give, one by one.</summary>
    public static List<(double Accuracy, double Cost, double Losses)> AllPlans(JudgedQuestions table, GateScores?[] scores)
    {
        int strongest = table.Strongest(CostMetric.Tpot);
        ActionTable actions = Actions(table, scores, new() { LeastRows = 1, Thresholds = 3 });
        CascadeAction[][] lists = [.. Enumerable.Range(0, 2).Select(c => actions.Direct(c).Concat(actions.Gated(c)).Select(a => a.Action).ToArray())];
        List<(double, double, double)> all = [];
        foreach (CascadeAction first in lists[0])
        {
            foreach (CascadeAction second in lists[1])
            {
                PlanOutcome outcome = JointFit.Evaluate(
                    table, scores, new([first, second], [.. scores.Select(_ => EarlyRule.None)]), table.Fit, strongest);
                all.Add((outcome.Accuracy, outcome.Tpot!.Value, outcome.Losses));
            }
        }

        return all;
    }

    /// <summary>The table's clusters as statistics.</summary>
    public static PoolStatistics Statistics(JudgedQuestions table)
    {
        JudgedQuestion[][] clusters = [.. Enumerable.Range(0, table.Clusters).Select(c => table.Questions.Where(q => q.Cluster == c).ToArray())];
        return new(
            [.. clusters.Select((rows, c) => new ClusterStatistics($"C{c}", rows.Length))],
            [.. table.Models.Select((name, m) => new ModelStatistics
            {
                Name = name,
                Errors = [.. clusters.Select(rows => rows.Select(q => 1 - q.Answers[m].Correct).DefaultIfEmpty(0).Average())],
                Tpot = new(null, [.. clusters.Select(rows => rows.Length == 0 ? 1 : (double?)rows.Average(q => q.Answers[m].TimePerOutputToken))]),
            })]);
    }

    /// <summary>
    /// Two models, at 5 and 20 ms: the large one is right nine times in ten; the small one where the question is easy.
    /// </summary>
    public static JudgedQuestions Cascade(int count, int certify, bool informative, int seed = 1)
    {
        Random random = new(seed);
        return new(["small", "large"], 2, [.. Enumerable.Range(0, count).Select(q =>
        {
            double hardness = Hardness(q);
            bool easy = random.NextDouble() < (informative ? 1 / (1 + Math.Exp(30 * (hardness - 0.6))) : 0.55);
            bool solved = easy || random.NextDouble() < 0.75;
            return new JudgedQuestion(q, q % 2, q >= count - certify, [new(easy ? 1 : 0, 21, 50, 5, 150), new(solved ? 1 : 0, 21, 200, 20, 600)]);
        })]);
    }

    /// <summary>Gains for <see cref="Cascade"/> that grow with hardness.</summary>
    public static GateScores?[] CascadeScores(JudgedQuestions table) =>
        [new([], [.. table.Questions.Select(q => new[] { Hardness(q.Unit) * 2 - 1 })]), null];

    /// <summary>The gains at the end.</summary>
    public static IEnumerable<double> Ends(this GateScores scores) => Enumerable.Range(0, scores.Count).Select(q => scores[q][^1]);

    private static double Hardness(int question) => new Random(question * 31).NextDouble();
}
