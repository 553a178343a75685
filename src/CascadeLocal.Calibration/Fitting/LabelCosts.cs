using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Fitting;

/// <summary>Whether labels have the costs that a fit is about. What is missing is said in terms of labels and of the fit's flags.</summary>
internal static class LabelCosts
{
    /// <summary>Checks that the cost of every model is stated, or known of one question at least, the same for all models.</summary>
    /// <exception cref="MissingCostException">It is not.</exception>
    public static void Check(QuestionTable table, LabelFitOptions options)
    {
        CostMetric metric = options.Routing.Metric;
        for (int m = 0; m < table.Models.Count; m++)
        {
            string model = table.Models[m];
            if (!options.StatedCosts.ContainsKey(model) && !Has(table, m, metric))
                throw new MissingCostException(metric.Field(), $"no answer of {model} has it: {Remedy(table, model, metric)}");
        }

        if (!table.Questions.Any(table.Priced(metric, options.StatedCosts.Keys)))
            throw new MissingCostException(metric.Field(), "no question has it of every model");
    }

    private static string Remedy(QuestionTable table, string model, CostMetric metric)
    {
        string stated = metric == CostMetric.Cost
            ? $"--cost {model}=0.002 states it, --price {model}=0.15,0.6 what its tokens cost"
            : $"--cost {model}=20ms states it";
        string[] others = [.. Enum.GetValues<CostMetric>()
            .Where(other => other != metric && Enumerable.Range(0, table.Models.Count).All(m => Has(table, m, other)))
            .Select(other => $"--metric {PolicyTerms.Of(other)} takes the {other.Field()} that all models have")];
        return string.Join("; ", [.. others, stated]);
    }

    private static bool Has(QuestionTable table, int model, CostMetric metric) => table.Questions.Any(question => question.Answers[model].Under(metric) is not null);
}
