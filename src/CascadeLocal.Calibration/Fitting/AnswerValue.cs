namespace CascadeLocal.Calibration.Fitting;

/// <summary>
/// What an answer is worth: how right it is, less its cost at the shadow price of the budget. Questions whose cost not every
/// model has count with their accuracy alone, whoever answers; the others make up for them.
/// </summary>
internal sealed class AnswerValue
{
    private readonly QuestionTable _table;
    private readonly LabelFitOptions _options;
    private readonly double _price;

    public AnswerValue(QuestionTable table, LabelFitOptions options, double shadowPrice)
    {
        _table = table;
        _options = options;
        int priced = table.Questions.Count(IsPriced);
        _price = priced == 0 ? 0 : shadowPrice * table.Questions.Count / priced;
    }

    public double Of(Question question, int model) =>
        question.Answers[model].Correct - (_price > 0 && IsPriced(question) ? _price * CostOf(question, model)!.Value : 0);

    /// <summary>What an answer costs, as stated or measured; null where it was not.</summary>
    public double? CostOf(Question question, int model) =>
        _options.StatedCosts.TryGetValue(_table.Models[model], out double stated) ? stated
        : question.Answers[model].Under(_options.Routing.Metric);


    private bool IsPriced(Question question) =>
        Enumerable.Range(0, _table.Models.Count).All(model => CostOf(question, model) is not null);
}
