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
        Dictionary<Question, int> places = table.Questions.Select((question, q) => (question, q)).ToDictionary(p => p.question, p => p.q);
        return RoutingOutcome.Of(table, (question, figure) => Mean(places[question], model => figure(question.Answers[model])));
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

/// <summary>What a way to answer gives over questions; costs are over those that <see cref="QuestionTable.Priced"/> counts, null where they were not measured.</summary>
/// <param name="Accuracy">The mean of how right the answers are, 0..1.</param>
/// <param name="TpotMs">The mean time per output token.</param>
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
    internal static RoutingOutcome Of(QuestionTable table, Func<Question, int> model) =>
        Of(table, (question, figure) => figure(question.Answers[model(question)]));

    /// <summary>The outcome.</summary>
    /// <param name="table">The questions.</param>
    /// <param name="served">What a question's answer has of a figure; null where that is not known.</param>
    internal static RoutingOutcome Of(QuestionTable table, Func<Question, Func<Answer, double?>, double?> served)
    {
        double? Cost(CostMetric metric)
        {
            double?[] costs = [.. table.Questions.Where(table.Priced(metric)).Select(question => served(question, answer => answer.Under(metric)))];
            return costs.Contains(null) ? null : costs.Average();
        }

        return new(table.Questions.Average(question => served(question, answer => answer.Correct)!.Value), Cost(CostMetric.Tpot), Cost(CostMetric.E2el))
        {
            Cost = Cost(CostMetric.Cost),
        };
    }
}
