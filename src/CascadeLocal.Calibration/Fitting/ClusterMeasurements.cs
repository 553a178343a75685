using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Fitting;

/// <summary>What questions say of every model in every cluster.</summary>
/// <param name="table">The questions.</param>
/// <param name="statedCosts">Pool figures under <paramref name="metric"/> that are taken instead of the measured times.</param>
/// <param name="metric">What the stated figures are.</param>
internal sealed class ClusterMeasurements(
    QuestionTable table, IReadOnlyDictionary<string, double> statedCosts, CostMetric metric)
{
    private readonly Dictionary<CostMetric, Func<Question, bool>> _priced = Enum.GetValues<CostMetric>()
        .ToDictionary(kind => kind, kind => table.Priced(kind, kind == metric ? statedCosts.Keys : null));

    /// <summary>Counts questions.</summary>
    /// <param name="questions">Indices of the questions to count.</param>
    /// <param name="labels">The cluster of each of them.</param>
    /// <param name="clusters">How many clusters there are.</param>
    /// <param name="shrinkage">How many questions of the pool's own error rate are added to every cluster.</param>
    public PoolStatistics Of(IReadOnlyList<int> questions, IReadOnlyList<int> labels, int clusters, double shrinkage = 0)
    {
        List<Question>[] members = Members(questions, labels, clusters);
        ClusterStatistics[] sizes = [.. members.Select((questions, c) => new ClusterStatistics(NameOf(c), questions.Count))];
        return new(sizes, [.. table.Models.Select((name, m) => Model(name, m, members, shrinkage))]);
    }

    /// <summary>How much the models err on the same questions of a cluster.</summary>
    public ErrorCorrelations Correlations(IReadOnlyList<int> questions, IReadOnlyList<int> labels, int clusters) => ErrorCorrelations.Of(
        [.. Members(questions, labels, clusters).Select(members => (IReadOnlyList<double[]>)
            [.. members.Select(question => question.Answers.Select(answer => answer.Correct).ToArray())])],
        table.Models.Count);

    private List<Question>[] Members(IReadOnlyList<int> questions, IReadOnlyList<int> labels, int clusters)
    {
        List<Question>[] members = [.. Enumerable.Range(0, clusters).Select(_ => new List<Question>())];
        for (int i = 0; i < questions.Count; i++)
            members[labels[i]].Add(table.Questions[questions[i]]);
        return members;
    }

    private ModelStatistics Model(string name, int model, List<Question>[] clusters, double shrinkage)
    {
        double poolError = clusters.SelectMany(questions => questions).Average(question => 1 - question.Answers[model].Correct);
        return new()
        {
            Name = name,
            Errors = [.. clusters.Select(questions => Shrunk(
                questions.Sum(question => 1 - question.Answers[model].Correct), questions.Count, poolError, shrinkage))],
            Tpot = Cost(CostMetric.Tpot, model, clusters),
            E2el = Cost(CostMetric.E2el, model, clusters),
            Price = Cost(CostMetric.Cost, model, clusters),
            OutputTokens = [.. clusters.Select(questions => questions.Average(question => question.Answers[model].OutputTokens))],
        };
    }

    // Questions of which none has the cost, as those of one fold may be, take the figure of the whole table.
    private MeasuredCost Cost(CostMetric kind, int model, List<Question>[] clusters)
    {
        if (kind == metric && statedCosts.TryGetValue(table.Models[model], out double stated))
            return new(stated, []);
        double? Mean(IEnumerable<Question> questions) => questions.Where(_priced[kind]).Average(question => question.Answers[model].Under(kind));
        double?[] measured = [.. clusters.Select(Mean)];
        return new(measured.All(mean => mean is null) ? Mean(table.Questions) : null, measured);
    }

    /// <summary>A rate with questions of the pool's rate added; the pool's where there is no question at all.</summary>
    private static double Shrunk(double sum, int count, double pool, double shrinkage) => count + shrinkage > 0
        ? Math.Clamp((sum + shrinkage * pool) / (count + shrinkage), 0, 1)
        : pool;

    internal static string NameOf(int cluster) => cluster.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
