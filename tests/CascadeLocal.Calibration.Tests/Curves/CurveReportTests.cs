using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;

using CascadeLocal.Calibration.Curves;
using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Plots;
using CascadeLocal.Calibration.Tests.Evaluation;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Curves;

/// <summary>Curves of accuracy against calls and cost, on labels whose structure is known.</summary>
public sealed class CurveReportTests
{
    private const int Count = 400;

    private static readonly LabelRow[] Two = Chains.Rows(Count, 2);
    private static readonly CurveReport OfTwo = Chains.Report(Two);
    private static readonly CurveReport OfThree = Chains.Report(Chains.Rows(Count, 3));

    [Fact]
    public void Of_two_models_the_cascade_by_confidence_has_the_figures_of_the_published_metric()
    {
        PairQuestion[] questions = [.. Enumerable.Range(0, Count).Select(i =>
            new PairQuestion(Two[2 * i].Prompt, Two[2 * i].Correct == 1, Two[(2 * i) + 1].Correct == 1, null))];
        RoutingCurve curve = RoutingCurve.Of(questions, [.. Enumerable.Range(0, Count).Select(i => -(double)Two[2 * i].Confidence!.Value)], seed: 0);
        RoutingMetrics calls = RoutingMetrics.OfCalls(curve);
        RoutingMetrics cost = RoutingMetrics.OfCost(curve, costRatio: 0.1);
        CurveScoreReport found = OfTwo.Of("confidence_cascade");

        Assert.Equal(calls.Apgr, found.Calls.Apgr!.Value, 12);
        Assert.Equal(calls.Cpt50, found.Calls.Cpt50, 12);
        Assert.Equal(calls.Cpt80, found.Calls.Cpt80, 12);
        // Escalating costs the weak answer too: here a tenth of the strong one's.
        Assert.Equal(cost.Apgr, found.Cost!.Apgr!.Value, 12);
        Assert.Equal(cost.Cpt80, found.Cost.Cpt80, 12);
    }

    [Fact]
    public void A_router_of_two_models_recovers_on_cost_what_it_does_on_calls()
    {
        CurveScoreReport router = OfTwo.Of("query_router");

        Assert.Equal(router.Calls.Apgr!.Value, router.Cost!.Apgr!.Value, 12);
        Assert.Equal(router.Calls.Cpt80, router.Cost.Cpt80, 12);
    }

    [Fact]
    public void Lots_between_two_models_recover_half_and_the_oracle_the_most()
    {
        Assert.Equal(0.5, OfTwo.Of("random").Calls.Apgr!.Value, 12);
        Assert.Equal(0.5, OfTwo.Of("random").Calls.Cpt50, 12);
        Assert.All(OfTwo.Scores, score => Assert.True(score.Calls.Apgr <= OfTwo.Of("oracle").Calls.Apgr));
        Assert.All(OfThree.Scores, score => Assert.True(score.Cost!.Apgr <= OfThree.Of("oracle").Cost!.Apgr));
    }

    [Fact]
    public void A_confidence_that_tells_right_from_wrong_beats_lots_at_equal_cost()
    {
        foreach (CurveReport report in (CurveReport[])[OfTwo, OfThree])
        {
            foreach ((EqualShareReport lots, EqualShareReport own) in report.Of("random").Cost!.Equal.Zip(report.Of("confidence_cascade").Cost!.Equal))
                Assert.True(own.Accuracy > lots.Accuracy, $"{own.Accuracy} at {own.Share} of {report.Models.Count} models");
        }
    }

    [Fact]
    public void Curves_go_from_the_cheapest_model_alone_to_the_most_accurate_one()
    {
        Assert.Equal(("m0", "m2"), (OfThree.Weak, OfThree.Strong));
        foreach (CurveScoreReport score in OfThree.Scores.Where(score => score.Kind != "oracle"))
        {
            Assert.Contains(score.Curve, p => p.Cost == 1 && p.Accuracy == OfThree.Models[0].Accuracy && p.Calls == 0);
            Assert.Contains(score.Curve, p => p.Cost == 100 && p.Accuracy == OfThree.Models[2].Accuracy && p.Calls == 1);
        }
    }

    [Fact]
    public void Intervals_are_of_questions_and_hold_the_figure()
    {
        foreach (CurveScoreReport score in OfTwo.Scores.Where(score => score.Kind != "random"))
        {
            Assert.InRange(score.Calls.Apgr!.Value, score.Calls.ApgrCi95![0], score.Calls.ApgrCi95[1]);
            Assert.True(score.Calls.ApgrCi95[1] > score.Calls.ApgrCi95[0]);
        }

        Assert.Null(OfTwo.Of("query_router").Cost!.RouterDifference);
        CurveAxisReport confidence = OfTwo.Of("confidence_cascade").Cost!;
        Assert.Equal((confidence.Apgr - OfTwo.Of("query_router").Cost!.Apgr)!.Value, confidence.RouterDifference!.Value, 12);
        // The same question asked twice is no more evidence.
        CurveReport doubled = Chains.Report([.. Two, .. Two.Select(row => row with { Run = 1 })]);
        Assert.Equal(2 * Count, doubled.N);
        double Width(CurveReport report) => report.Models[0].Ci95![1] - report.Models[0].Ci95![0];
        Assert.Equal(Width(OfTwo), Width(doubled), 3);
    }

    [Fact]
    public void What_a_router_alone_does_better_is_said()
    {
        // The confidence is noise: the kind of the question is all there is to know.
        CurveReport report = Chains.Report(Chains.Rows(Count, 2, row => row with { Confidence = -(float)(7919 * int.Parse(row.Id.AsSpan(1), CultureInfo.InvariantCulture) % 1024) / 512 }));

        Assert.Contains("bare confidence: is beaten by a query router alone on cost", string.Join('\n', report.Notices), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_costs_there_are_calls_and_without_confidences_no_cascade()
    {
        CurveReport report = Chains.Report(Chains.Rows(Count, 3, row => row with { CostUsd = null, Confidence = null }), metric: null);

        Assert.Null(report.Metric);
        Assert.All(report.Scores, score => Assert.Null(score.Cost));
        Assert.DoesNotContain(report.Scores, score => score.Kind == "confidence_cascade");
        Assert.Contains("answers of m0 have no confidence", string.Join('\n', report.Notices), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_few_requests_that_have_costs_leave_nothing_to_trade_there_are_calls()
    {
        string one = Two.GroupBy(row => row.Id).First(rows => rows.All(row => row.Correct == 1)).Key;
        CurveReport report = Chains.Report([.. Two.Select(row => row.Id == one ? row : row with { CostUsd = null })]);

        Assert.NotEmpty(JsonSerializer.Serialize(report, CurveJson.Default.CurveReport));
        Assert.Null(report.Metric);
        Assert.All(report.Scores, score => Assert.Null(score.Cost));
        Assert.Contains("1 of 400 requests has a cost under every way to answer, and there the most accurate model is not both dearer and more accurate: all is by calls", report.Notices);
    }

    [Fact]
    public void How_many_requests_have_a_cost_is_said_where_not_all_have()
    {
        CurveReport report = Chains.Report([.. Two.Select((row, i) => i % 4 < 2 ? row : row with { CostUsd = null })]);

        Assert.Equal(Count / 2, report.Priced);
        Assert.Contains("costs are of the 200 of 400 requests that have one under every way to answer", report.Notices);
    }

    [Fact]
    public void An_oracle_that_never_needs_the_strongest_model_has_no_figure_over_its_calls()
    {
        // What the strongest has right one of the cheaper two has right as well.
        CurveReport report = Chains.Report([.. Enumerable.Range(0, Count).SelectMany(i => Enumerable.Range(0, 3).Select(m => new LabelRow
        {
            Id = $"q{i:0000}", Prompt = $"prompt {i}", Model = $"m{m}", CostUsd = Math.Pow(10, m), Correct = m < 2 ? (i % 2 == m ? 1 : 0) : i % 10 == 0 ? 0 : 1,
        }))]);
        CurveScoreReport oracle = report.Of("oracle");

        Assert.NotEmpty(JsonSerializer.Serialize(report, CurveJson.Default.CurveReport));
        Assert.All(oracle.Curve, point => Assert.Equal(0, point.Calls));
        Assert.Equal((null, null, null), (oracle.Calls.Apgr, oracle.Calls.ApgrCi95, oracle.Calls.RouterDifference));
        Assert.NotNull(oracle.Cost!.Apgr);
    }

    [Fact]
    public void A_judge_before_another_model_than_the_strongest_of_the_labels_has_no_figure_over_calls_of_that_one()
    {
        Policy policy = World.Cascade(0);
        EscalationPolicy stage = policy.Escalation!;
        policy = policy with
        {
            Members = [.. policy.Members, new("best", null)],
            Statistics = new(policy.Statistics.Clusters, [.. policy.Statistics.Models, new() { Name = "best", Errors = [0.2, 0.2], Tpot = new(30, []) }]),
            Escalation = stage with { Judges = [.. stage.Judges, null], EarlyRules = [.. stage.EarlyRules, EarlyRule.None], AcceptedShares = [null, null, null] },
        };
        LabelRow[] best = [.. World.Rows.Where(row => row.Model == "large").Select(row => row with { Model = "best", Correct = 1, TpotMs = 30 })];
        RecordedRequests requests = RecordedRequests.Of(new LabelSet([.. World.Rows, .. best], null, []), ["small", "large", "best"], "labels.jsonl");

        CurveReport report = CurveReport.Of(
            requests, World.Vectors, policy, new() { Metric = null, Draws = 20 }, "labels.jsonl", cancellationToken: TestContext.Current.CancellationToken);

        Assert.NotEmpty(JsonSerializer.Serialize(report, CurveJson.Default.CurveReport));
        Assert.Equal("best", report.Strong);
        Assert.Null(report.Of("policy_judge").Calls.Apgr);
        Assert.Contains(report.Notices, notice => notice.StartsWith("policy, judge of small: cannot be compared with a query router alone on calls", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_the_cheapest_model_is_the_best_there_is_nothing_to_trade()
    {
        DataFileException e = Assert.Throws<DataFileException>(() =>
            Chains.Report(Chains.Rows(Count, 2, row => row with { Correct = row.Model == "m0" ? 1 : 0 })));
        Assert.Contains("m0 is the most accurate model and none is cheaper", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Of_fewer_than_five_different_prompts_there_is_no_curve(int prompts)
    {
        LabelRow[] rows = Chains.Rows(Count, 2, row => row with { Prompt = $"prompt {int.Parse(row.Id.AsSpan(1), CultureInfo.InvariantCulture) % prompts}" });
        Assert.Equal(
            $"labels.jsonl: prompt: a curve needs 5 different prompts or more, there are {prompts}",
            Assert.Throws<DataFileException>(() => Chains.Report(rows)).Message);
    }

    [Fact]
    public void A_policy_has_its_judges_curve_and_is_compared_at_its_own_cost()
    {
        CurveReport report = CurveReport.Of(
            World.Requests, World.Vectors, World.Cascade(0), new() { Metric = CostMetric.Tpot, Draws = 50 }, "labels.jsonl",
            cancellationToken: TestContext.Current.CancellationToken);
        EvaluationReport evaluated = EvaluationReport.Of(World.Cascade(0), World.Requests, World.Vectors, new() { Draws = 50 }, TestContext.Current.CancellationToken);
        PolicyReport cascade = evaluated.Policies.Single(policy => policy.Kind == "cascade");

        Assert.Equal(cascade.Accuracy, report.Policy!.Point.Accuracy, 12);
        Assert.Equal(cascade.TpotMs!.Value, report.Policy.Point.Cost!.Value, 9);
        Assert.Equal(cascade.EscalationRate, report.Policy.Point.Calls, 12);
        Assert.True(report.Of("policy_judge").Calls.Apgr > report.Of("random").Calls.Apgr);
        Assert.All(report.Policy.EqualCost, other => Assert.Equal(report.Policy.Point.Accuracy - other.Accuracy, other.Difference, 12));
    }

    [Fact]
    public void A_policy_without_judges_sends_what_is_novel_to_the_strongest_here_too()
    {
        Policy policy = World.Cascade(0) with { Escalation = null, Novelty = new(0.25, [0.1f, 0.1f, 0.1f]) };
        PointSet far = new([.. Enumerable.Range(0, World.Count).SelectMany(i => (float[])(i % 2 == 0 ? [-1, 0] : [0, -1]))], 2);
        CurveReport report = CurveReport.Of(
            World.Requests, far, policy, new() { Metric = CostMetric.Tpot, Draws = 0 }, "labels.jsonl", cancellationToken: TestContext.Current.CancellationToken);
        EvaluationReport evaluated = EvaluationReport.Of(policy, World.Requests, far, new() { Draws = 50 }, TestContext.Current.CancellationToken);

        Assert.Equal(evaluated.Policies.Single(p => p.Kind == "cascade").Accuracy, report.Policy!.Point.Accuracy, 12);
        Assert.Equal(1, report.Policy.Point.Calls);
    }

    [Theory]
    [InlineData("png")]
    [InlineData("svg")]
    public void A_report_is_drawn(string ending)
    {
        using TemporaryFolder folder = new();
        string path = folder.File($"curve.{ending}");
        CurvePlot.Save(OfThree, path);

        if (ending == "svg")
            Assert.Contains(XDocument.Load(path).Root!.Descendants(), e => e.Name.LocalName == "path");
        else
            Assert.Equal([0x89, 0x50, 0x4E, 0x47], File.ReadAllBytes(path)[..4]);
    }
}
