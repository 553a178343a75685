using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Fitting;

public sealed class LabelFitTests
{
    [Fact]
    public void The_smallest_k_that_separates_the_kinds_is_chosen_and_each_goes_to_its_model()
    {
        (QuestionTable table, PointSet texts) = Tables.TwoKinds(400);
        LabelFit fit = Fit(table, texts);
        Assert.Equal(2, fit.Clusters.Sizes.Count);
        int first = fit.Clusters.Labels[0];
        Assert.Equal("A", fit.Fit.Statistics.Models[fit.Fit.Exact.Plan.Models[first]].Name);
        Assert.Equal("B", fit.Fit.Statistics.Models[fit.Fit.Exact.Plan.Models[1 - first]].Name);
        Assert.Equal(new(1, 15, 100), fit.Chosen!.Expected);
        Assert.Equal([0.6, 0.6], fit.Alone.Select(outcome => outcome.Accuracy));
        Assert.All(MarginTest.Of(fit.Fit, fit.Evidence), margin => Assert.True(margin.Holds));
    }

    [Fact]
    public void Where_clusters_tell_nothing_one_is_enough()
    {
        LabelRow[] rows = [.. Enumerable.Range(0, 400).SelectMany(i => (LabelRow[])[Tables.Row($"q{i}", "A", 0), Tables.Row($"q{i}", "B", 1, tpot: 20)])];
        Assert.Single(Fit(Tables.Of(rows), Tables.TwoKinds(400).Texts).Clusters.Sizes);
    }

    [Fact]
    public void A_tight_budget_is_kept_by_the_plan()
    {
        (QuestionTable table, PointSet texts) = Tables.TwoKinds(400);
        LabelFit fit = Fit(table, texts, new() { Routing = new() { Budget = 12 } });
        Assert.InRange(fit.Fit.Exact.Plan.Cost, 10, 12);
        Assert.True(fit.HeldOut!.ShadowPrice > 0);
    }

    [Fact]
    public void Queries_are_routed_by_their_own_forecast_where_that_is_worth_more_than_their_cluster()
    {
        (QuestionTable table, PointSet texts) = Around(12);
        LabelFit fit = Fit(table, texts);
        ForecastTrial trial = fit.HeldOut!.ByQuery!;
        Assert.True(trial.Gain > 3 * trial.StandardError, $"{trial}");
        Assert.True(fit.Expected!.Accuracy > fit.Chosen!.Expected.Accuracy + 0.3);
        Policy policy = PolicyFactory.Of(fit, new PolicyEmbedder("tiny", "0123", 2), new LabelSet([], null, []));
        OfflineRouter router = new(policy with { Novelty = null }, texts);
        Assert.All(Enumerable.Range(0, texts.Count), text => Assert.Equal(text % 2, router.ActionOf(text).Start));
        Assert.Equal(fit.Expected.Accuracy, policy.Forecast!.Routing!.Accuracy);
        Assert.True(LabelFitReport.Of(fit, "tiny").ByQuery!.Taken);
    }

    [Fact]
    public void A_budget_is_kept_by_forecasts_too()
    {
        (QuestionTable table, PointSet texts) = Around(12);
        LabelFit fit = Fit(table, texts, new() { Routing = new() { Budget = 12 } });
        Assert.InRange(fit.HeldOut!.ByQuery!.Expected.TpotMs!.Value, 10, 12);
        Assert.True(fit.HeldOut.ByQuery.Price > 0);
    }

    [Fact]
    public void Where_clusters_do_as_well_they_route_and_the_forecast_is_kept_beside()
    {
        (QuestionTable table, PointSet texts) = Tables.TwoKinds(400);
        LabelFit fit = Fit(table, texts);
        Assert.False(fit.HeldOut!.ByQuery!.IsTaken);
        Assert.Null(fit.Forecast!.Routing);
        Assert.InRange(fit.Forecast.Query.Predict([1, 0.1f])[0], 0.8, 1);
    }

    [Theory]
    [InlineData(CostMetric.Cost)]
    [InlineData(CostMetric.E2el)]
    public void Models_are_priced_on_the_same_questions(CostMetric metric)
    {
        // B costs twice as much as A; of the dear half its cost is not known.
        LabelRow[] rows = [.. Enumerable.Range(0, 200).SelectMany(i => ((string Model, double Factor)[])[("A", 1), ("B", 2)], (i, m) =>
        {
            double? cost = m.Model == "B" && i % 2 == 1 ? null : m.Factor * (i % 2 == 1 ? 10 : 1);
            return Tables.Row($"q{i:000}", m.Model, m.Model == "B" || i % 4 == 0 ? 1 : 0) with { CostUsd = cost, E2elMs = cost };
        })];

        LabelFit fit = Fit(Tables.Of(rows), Tables.TwoKinds(200).Texts, new() { Routing = new() { Metric = metric }, Rule = ClusterRule.Given, Clusters = 1 });

        Assert.Equal([1, 2], fit.Fit.Costs);
        Assert.All(fit.Fit.DominatedBy, Assert.Null);
        Assert.Equal([1.0, 2.0], fit.Alone.Select(outcome => outcome.Under(metric)!.Value));
        Assert.Equal(2, fit.Expected!.Under(metric)!.Value);
        Assert.Contains($"100 of 200 questions have no {metric.Field()} of every model; costs are of the others", fit.Notices);
    }

    [Theory]
    [InlineData(99, false)]
    [InlineData(100, true)]
    public void Of_too_few_questions_there_is_no_forecast(int questions, bool expected)
    {
        (QuestionTable table, PointSet texts) = Tables.TwoKinds(questions);
        Assert.Equal(expected, Fit(table, texts).Forecast is not null);
    }

    [Theory]
    [InlineData(ClusterRule.Silhouette, 2)]
    [InlineData(ClusterRule.Given, 3)]
    public void Other_rules_of_k_are_followed(ClusterRule rule, int clusters)
    {
        (QuestionTable table, PointSet texts) = Tables.TwoKinds(200);
        LabelFit fit = Fit(table, texts, new() { Rule = rule, Clusters = 3 });
        Assert.Equal(clusters, fit.Clusters.Sizes.Count);
        Assert.Equal(clusters, fit.Chosen!.Clusters);
    }

    [Fact]
    public void K_is_lowered_to_the_number_of_different_texts_with_a_sentence()
    {
        LabelRow[] rows = [.. Enumerable.Range(0, 8).Select(i => Tables.Row($"q{i}", "A", 1, i < 4 ? "one" : "two"))];
        LabelFit fit = Fit(Tables.Of(rows), new PointSet([0, 1, 1, 0], 2), new() { Rule = ClusterRule.Given, Clusters = 5 });
        Assert.Equal([4, 4], fit.Clusters.Sizes);
        Assert.Contains("there are only 2 different points, so k is 2, not 5", fit.Notices);
    }

    [Fact]
    public void One_question_and_one_model_are_enough()
    {
        LabelFit fit = Fit(Tables.Of(Tables.Row("q", "A", 0.5)), new PointSet([1, 0], 2));
        Assert.Null(fit.HeldOut);
        Assert.Equal(0.5, fit.Fit.Exact.Plan.Accuracy);
        Assert.Null(LabelFitReport.Of(fit, "tiny").Expected);
    }

    [Fact]
    public void A_stated_cost_stands_in_for_times_and_without_either_the_model_is_named()
    {
        QuestionTable table = Tables.Of(Tables.Row("q", "A", 1, tpot: null), Tables.Row("q", "B", 0));
        PointSet texts = new([1, 0], 2);
        Assert.Equal(
            "no answer of A has it: --metric e2el takes the e2el_ms that all models have; --cost A=20ms states it",
            Assert.Throws<MissingCostException>(() => Fit(table, texts)).Message);
        LabelFit fit = Fit(table, texts, new() { StatedCosts = new Dictionary<string, double> { ["A"] = 3, ["B"] = 4 } });
        Assert.Equal([3.0, 4.0], fit.Fit.Costs);
    }

    [Fact]
    public void Times_per_token_are_compared_on_questions_where_every_model_has_one()
    {
        QuestionTable table = Tables.Of(
            Tables.Row("q1", "A", 1, tpot: 10), Tables.Row("q1", "B", 1, tpot: 30), Tables.Row("q2", "A", 1, tpot: 50), Tables.Row("q2", "B", 1, tpot: null));
        LabelFit fit = Fit(table, new PointSet([1, 0, 1, 0], 2));
        Assert.Equal([10.0, 30.0], fit.Fit.Costs);
    }

    // Groups on a circle; A knows the even ones and costs 10 ms, B the odd ones and 15 ms. Clusters of 50 questions and more have both.
    private static (QuestionTable Table, PointSet Texts) Around(int groups)
    {
        const int questions = 192;
        List<LabelRow> rows = [];
        float[] points = new float[2 * questions];
        for (int i = 0; i < questions; i++)
        {
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * (i % groups) / groups);
            (points[2 * i], points[(2 * i) + 1]) = ((float)cosine + (i * 1e-5f), (float)sine);
            rows.Add(Tables.Row($"q{i:000}", "A", 1 - (i % 2), tpot: 10));
            rows.Add(Tables.Row($"q{i:000}", "B", i % 2, tpot: 15));
        }

        return (Tables.Of([.. rows]), new PointSet(points, 2));
    }

    [Fact]
    public void Shrinkage_moves_rates_towards_the_models_own_mean() => Gen.Select(Gen.Int[0, 1].Array[12], Gen.Double[0, 100]).Sample((correct, shrinkage) =>
    {
        QuestionTable table = Tables.Of([.. correct.Select((c, i) => Tables.Row($"q{i}", "A", c))]);
        ClusterMeasurements measurements = new(table, new Dictionary<string, double>(), CostMetric.Tpot);
        int[] questions = [.. Enumerable.Range(0, 12)];
        int[] labels = [.. questions.Select(q => q < 3 ? 0 : 1)];
        double mean = 1 - correct.Average();
        IReadOnlyList<double> own = measurements.Of(questions, labels, 2).Models[0].Errors;
        IReadOnlyList<double> shrunk = measurements.Of(questions, labels, 2, shrinkage).Models[0].Errors;
        for (int c = 0; c < 2; c++)
        {
            int size = c == 0 ? 3 : 9;
            Assert.Equal((size * own[c] + shrinkage * mean) / (size + shrinkage), shrunk[c], 1e-12);
        }
    });

    [Fact]
    public void No_labels_whatever_give_a_number_that_is_none() =>
        Gen.Select(Gen.OneOf(Gen.Const(0.0), Gen.Const(1.0), Gen.Double[0, 1]).Array[2, 60], Gen.Int[1, 3], Gen.Int[1, 6]).Sample(
            (correct, models, prompts) =>
            {
                LabelRow[] rows = [.. correct.SelectMany((c, i) => Enumerable.Range(0, models).Select(m =>
                    Tables.Row($"q{i}", $"M{m}", (c + m * 0.37) % 1, $"p{i % prompts}", tpot: (i + m) % 4 == 3 ? null : 1 + m)))];
                QuestionTable table = Tables.Of([.. rows, Tables.Row("qx", "M0", 1), .. Enumerable.Range(1, models - 1).Select(m => Tables.Row("qx", $"M{m}", 0))]);
                float[] points = [.. Enumerable.Range(0, 2 * table.Texts.Count).Select(i => i % 5 * 0.5f)];
                // Writing the report throws on what is not finite.
                LabelFitReport report = LabelFitReport.Of(
                    Fit(table, new PointSet(points, 2), new() { Routing = new() { Budget = 5 }, StatedCosts = Stated(models) }), "tiny");
                Assert.NotEmpty(System.Text.Json.JsonSerializer.Serialize(report, ReportJson.Default.LabelFitReport));
            },
            iter: 30,
            threads: 1);

    [Fact]
    public void The_policy_follows_the_exact_plan_and_can_be_written()
    {
        using TemporaryFolder folder = new();
        (QuestionTable table, PointSet texts) = Tables.TwoKinds(200);
        LabelFit fit = Fit(table, texts);
        LabelRow agreed = new() { Id = "1", Prompt = "Why?", Model = "B", Correct = 1, GradedBy = "agreement" };
        Policy policy = PolicyFactory.Of(fit, new PolicyEmbedder("tiny", "0123", 2), new LabelSet([agreed], [new("B", "bb", null)], []));
        Assert.Equal("agreement", policy.GradedBy);
        Assert.Equal([new("A", null), new("B", "bb")], policy.Members);
        Assert.Equal(fit.Fit.Exact.Plan.Models, policy.Assignment);
        PolicyFolder.Write(folder.Path, policy);
        Assert.Equal(fit.Fit.Statistics.Models[1].Errors, PolicyFolder.Read(folder.Path).Statistics.Models[1].Errors);
    }

    [Fact]
    public void Policy_and_report_say_how_many_questions_of_each_kind_there_were()
    {
        (QuestionTable table, PointSet texts) = Tables.TwoKinds(250);
        LabelFit fit = Fit(table with { Questions = [.. table.Questions.Select((q, i) => q with { Kind = i < 100 ? RequestKind.Tools : i < 199 ? RequestKind.Schema : RequestKind.Plain })] }, texts);

        Policy policy = PolicyFactory.Of(fit, new PolicyEmbedder("tiny", "0123", 2), new LabelSet([], null, []));

        Assert.Equal([(RequestKind.Plain, 51), (RequestKind.Tools, 100), (RequestKind.Schema, 99)], policy.Kinds!.OrderBy(k => k.Key).Select(k => (k.Key, k.Value)));
        Assert.Equal([new("plain", 51, false), new("tools", 100, true), new("schema", 99, false)], LabelFitReport.Of(fit, "tiny").Kinds);
    }

    private static LabelFit Fit(QuestionTable table, PointSet texts, LabelFitOptions? options = null) =>
        LabelFit.Of(table, texts, options ?? new(), null, TestContext.Current.CancellationToken);

    private static Dictionary<string, double> Stated(int models) => Enumerable.Range(0, models).ToDictionary(m => $"M{m}", m => 1.0 + m);
}
