using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Fitting;

/// <summary>Which model one candidate's routing chose for every question while it was held out, counted over the repeats.</summary>
internal sealed class CandidateScores(QuestionTable table, int clusters, double shrinkage)
{
    private readonly int[,] _choices = new int[table.Questions.Count, table.Models.Count];

    public int Clusters => clusters;

    public double Shrinkage => shrinkage;

    public void Add(int question, int model) => _choices[question, model]++;

    /// <summary>For each question the mean of what the chosen answers are worth.</summary>
    public double[] Values(AnswerValue value) =>
        [.. Enumerable.Range(0, table.Questions.Count).Select(q => Mean(q, model => value.Of(table.Questions[q], model))!.Value)];

    /// <summary>What the routing gave.</summary>
    public RoutingOutcome Outcome()
    {
        int[] questions = [.. Enumerable.Range(0, table.Questions.Count)];
        return new(
            questions.Average(q => Mean(q, model => table.Questions[q].Answers[model].Correct)!.Value),
            questions.Where(q => ClusterMeasurements.HasAllTpots(table.Questions[q]))
                .Average(q => Mean(q, model => table.Questions[q].Answers[model].TpotMs)),
            questions.Average(q => Mean(q, model => table.Questions[q].Answers[model].E2elMs)))
        {
            Cost = questions.Average(q => Mean(q, model => table.Questions[q].Answers[model].Cost)),
        };
    }

    private double? Mean(int question, Func<int, double?> figure)
    {
        double sum = 0;
        int repeats = 0;
        for (int model = 0; model < table.Models.Count; model++)
        {
            if (_choices[question, model] == 0)
                continue;
            if (figure(model) is not { } value)
                return null;
            sum += _choices[question, model] * value;
            repeats += _choices[question, model];
        }

        return sum / repeats;
    }
}

/// <summary>What a way to answer gives over questions; times are null where they were not measured.</summary>
/// <param name="Accuracy">The mean of how right the answers are, 0..1.</param>
/// <param name="TpotMs">The mean time per output token, over the questions where every model has one.</param>
/// <param name="E2elMs">The mean latency.</param>
public sealed record RoutingOutcome(double Accuracy, double? TpotMs, double? E2elMs)
{
    /// <summary>The mean cost, in the unit of the labels; null where it is not known.</summary>
    public double? Cost { get; init; }

    /// <summary>The mean cost under a metric; null where it is not known.</summary>
    public double? Under(CostMetric metric) => metric switch
    {
        CostMetric.Tpot => TpotMs,
        CostMetric.E2el => E2elMs,
        _ => Cost,
    };

    /// <summary>The outcome when each question gets one answer.</summary>
    internal static RoutingOutcome Of(QuestionTable table, Func<Question, int> model) => new(
        table.Questions.Average(question => question.Answers[model(question)].Correct),
        table.Questions.Where(ClusterMeasurements.HasAllTpots).Average(question => question.Answers[model(question)].TpotMs),
        table.Questions.Average(question => question.Answers[model(question)].E2elMs))
    {
        Cost = table.Questions.Average(question => question.Answers[model(question)].Cost),
    };
}
