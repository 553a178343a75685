using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Fitting;

/// <summary>Every question routed by its own forecast, on questions that the forecasts have not seen, beside the chosen clusters.</summary>
/// <param name="Price">The share of right answers that a unit of the metric has to buy: the least that keeps the budget.</param>
/// <param name="Gain">By how much more it is worth than the routing by clusters, per question.</param>
/// <param name="StandardError">Of that difference, paired by text.</param>
/// <param name="Expected">What it gave.</param>
public sealed record ForecastTrial(double Price, double Gain, double StandardError, RoutingOutcome Expected)
{
    private const int MostSteps = 60;

    /// <summary>Whether it is better than the clusters beyond chance, and so the policy's routing.</summary>
    public bool IsTaken => Gain > StandardError;

    /// <summary>Tries it; null where no price keeps the budget.</summary>
    /// <param name="table">The questions.</param>
    /// <param name="options">What the routing is for.</param>
    /// <param name="measurements">Of the questions.</param>
    /// <param name="forecasts">Of each question, by forecasts that have not seen it.</param>
    /// <param name="value">What an answer is worth.</param>
    /// <param name="byClusters">What the routing by clusters is worth on each question.</param>
    internal static ForecastTrial? Of(
        QuestionTable table, LabelFitOptions options, ClusterMeasurements measurements, double[][] forecasts, AnswerValue value, double[] byClusters)
    {
        int[] all = [.. Enumerable.Range(0, table.Questions.Count)];
        CostTable pool = new(measurements.Of(all, new int[all.Length], 1), options.Routing.Metric, CostBasis.Model);
        double[] costs = [.. Enumerable.Range(0, table.Models.Count).Select(pool.Pool)];
        if (PriceOf(options.Routing.Budget, costs, price => all.Average(q => value.CostOf(table.Questions[q], Choice(q, price)) ?? costs[Choice(q, price)])) is not { } least)
            return null;
        double[] gains = [.. all.Select(q => value.Of(table.Questions[q], Choice(q, least)) - byClusters[q])];
        Dictionary<Question, int> choices = all.ToDictionary(q => table.Questions[q], q => Choice(q, least));
        return new(least, gains.Average(), HeldOutChoice.StandardError(table, gains), RoutingOutcome.Of(table, question => choices[question]));

        int Choice(int question, double price) => ForecastRule.Best(forecasts[question], costs, price);
    }

    // By halving, from a price at which nothing is worth more than the cheapest model.
    private static double? PriceOf(double? budget, double[] costs, Func<double, double> costAt)
    {
        if (budget is not { } limit || costAt(0) <= limit)
            return 0;
        double step = costs.Order().Zip(costs.Order().Skip(1), (low, high) => high - low).Where(difference => difference > 0).DefaultIfEmpty(0).Min();
        (double low, double high) = (0, 1 / step);
        if (!double.IsFinite(high) || !(costAt(high) <= limit))
            return null;
        for (int i = 0; i < MostSteps; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = costAt(middle) <= limit ? (low, middle) : (middle, high);
        }

        return high;
    }
}
