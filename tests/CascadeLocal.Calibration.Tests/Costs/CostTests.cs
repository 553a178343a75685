using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Calibration.Tests.StageTwo;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Costs;

/// <summary>Costs in money, or whatever else the labels count.</summary>
public sealed class CostTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("cost_usd")]
    [InlineData("cost")]
    public void A_label_says_what_its_answer_cost(string field)
    {
        LabelRow row = Assert.Single(Read($$"""{"id":"q","prompt":"Why?","model":"A","correct":1,"{{field}}":0.25}""").Rows);
        Assert.Equal(0.25, row.CostUsd);
    }

    [Theory]
    [InlineData("\"cost_usd\":1,\"cost\":1", "cost: cost_usd and cost are one thing, given twice")]
    [InlineData("\"cost_usd\":-1", "cost_usd: is -1, but must be from 0 to 1000000000000")]
    [InlineData("\"cost\":\"free\"", "cost: is a string, but must be a number")]
    public void A_cost_that_is_none_is_refused_with_the_line(string fields, string problem)
    {
        DataFileException e = Assert.Throws<DataFileException>(() => Read($$"""{"id":"q","prompt":"Why?","model":"A","correct":1,{{fields}}}"""));
        Assert.EndsWith($":1: {problem}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_price_wins_over_the_labels_cost_and_says_what_an_early_verdict_saves()
    {
        LabelRow row = Assert.Single(Read(
            """{"id":"q","prompt":"Why?","model":"A","correct":1,"prompt_tokens":100,"output_tokens":20,"cost_usd":9}""",
            new Dictionary<string, TokenPrice> { ["A"] = new(2, 10) }).Rows);

        Assert.Equal((2.0 * 100 + 10 * 20) / 1e6, row.CostUsd!.Value, 15);
        RecordedAnswer answer = new(row);
        Assert.Equal(row.CostUsd.Value, answer.Pass.Cost, 15);
        Assert.Equal((2.0 * 100 + 10 * 8) / 1e6, answer.PassOf(8).Cost, 15);
        // Where only the whole has a cost, what is dropped early is paid in full.
        Assert.Equal(9, new RecordedAnswer(row with { CostUsd = 9, TokenCost = 0 }).PassOf(8).Cost);
    }

    [Theory]
    [InlineData("\"output_tokens\":20", "prompt_tokens: is missing, and the price of A needs it")]
    [InlineData("\"prompt_tokens\":20", "output_tokens: is missing, and the price of A needs it")]
    public void Tokens_that_nobody_counted_have_no_price(string fields, string problem)
    {
        DataFileException e = Assert.Throws<DataFileException>(() => Read(
            $$"""{"id":"q","prompt":"Why?","model":"A","correct":1,{{fields}}}""", new Dictionary<string, TokenPrice> { ["A"] = new(2, 10) }));
        Assert.EndsWith($":1: {problem}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_price_of_a_model_without_labels_is_refused()
    {
        DataFileException e = Assert.Throws<DataFileException>(() => Read(
            """{"id":"q","prompt":"Why?","model":"A","correct":1}""", new Dictionary<string, TokenPrice> { ["B"] = new(2, 10) }));
        Assert.Contains("no row is of B, which has a price", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cascade_is_fitted_to_costs_and_the_stored_policy_knows_them()
    {
        // By time the strong model is the cheaper one: only the cost can send anything to the other.
        EmbeddedTable labels = SyntheticLabels.Of(800, seed: 1, change: row => row with
        {
            CostUsd = row.Model == SyntheticLabels.Cheap ? 0.001 : 0.02,
            TpotMs = row.Model == SyntheticLabels.Cheap ? 10 : 1,
        });
        CascadeFitOptions options = Cascades.Keep(0.97, GuaranteeKind.None);
        options = options with { StageOne = options.StageOne with { Routing = new() { Metric = CostMetric.Cost } } };
        CascadeFit fit = Cascades.Fit(labels, options);
        CascadeFitReport report = CascadeFitReport.Of(fit, "plane");

        Assert.Equal("cost", report.Metric);
        Assert.InRange(report.Joint!.Cost!.Value, 0.001, 0.8 * 0.02);
        Assert.InRange(report.Joint.Retained!.Value, 0.9, 1.1);
        // What is cheap in money need not be in time, and that is said.
        Assert.False(report.Joint.Pays!.Pays);
        Policy policy = Cascades.Stored(fit);
        Assert.Equal(CostMetric.Cost, policy.Options.Metric);
        Assert.Equal(0.001, policy.Statistics.Models[0].Price.PoolFigure(policy.Statistics.Clusters)!.Value, 9);
        Assert.Equal(fit.Result.Expected!.Cost!.Value, policy.Escalation!.Expected!.Cost!.Value, 9);
    }

    [Fact]
    public void An_answer_that_is_dropped_costs_its_money_too()
    {
        JudgedQuestions questions = new(["a", "b"], 1, [new(0, 0, false, [
            new(0, 10, 1, 1, 10) { Cost = 3, TokenCost = 0.1 }, new(1, 10, 1, 1, 10) { Cost = 20 }])]);
        PlanReplay replay = new(questions, [new GateScores([4], [[0.5, 0.9]]), null], [new([4], [double.NegativeInfinity], [0.2]), EarlyRule.None]);

        Assert.Equal(3 - (6 * 0.1) + 20, replay.Deliver(0, new([0, 1], [0])).Charge(CostMetric.Cost), 12);
        Assert.Equal(3, replay.Deliver(0, new([0, 1], [1])).Charge(CostMetric.Cost), 12);
    }

    [Theory]
    [InlineData(0.8, 0.9, true, "pays")]
    [InlineData(0.8, 1.1, false, "pays by request, but not by tokens")]
    [InlineData(1.2, 0.9, false, "pays by tokens, but not by request")]
    [InlineData(1.2, 1.0, false, "does not pay")]
    public void What_pays_does_so_by_both_means(double mean, double tokens, bool pays, string verdict)
    {
        BothMeans means = BothMeans.Of(mean, 1, tokens, 1)!;

        Assert.Equal(pays, means.Pays);
        Assert.EndsWith($"so it {verdict}", means.Sentence, StringComparison.Ordinal);
        Assert.Null(BothMeans.Of(mean, null, tokens, 1));
    }

    private LabelSet Read(string line, IReadOnlyDictionary<string, TokenPrice>? prices = null) =>
        LabelSet.Read(_folder.Write("labels.jsonl", line), new() { Prices = prices ?? new Dictionary<string, TokenPrice>() });
}
