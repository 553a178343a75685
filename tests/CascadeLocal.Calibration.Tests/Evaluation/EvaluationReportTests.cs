using System.Text.Json;

using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Plots;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Evaluation;

public sealed class EvaluationReportTests
{
    private static readonly EvaluationOptions Options = new() { Draws = 200 };

    private static EvaluationReport Full { get; } = EvaluationReport.Of(
        World.Cascade(0.2, new EarlyRule([World.Checkpoint], [-0.3], [0.3])), World.Requests, World.Vectors, Options with { WithAblation = true });

    [Fact]
    public void Every_way_to_answer_is_compared_and_has_the_agreed_fields()
    {
        using JsonDocument json = JsonDocument.Parse(JsonSerializer.Serialize(Full, EvaluationJson.Default.EvaluationReport));
        JsonElement[] policies = [.. json.RootElement.GetProperty("policies").EnumerateArray()];
        Assert.Equal(
            [
                "small", "large", "stage 1", "cascade", "cascade, judged at the end", "always-cascade from small", "random at equal cost", "oracle",
            ],
            policies.Select(policy => policy.GetProperty("name").GetString()));
        string[] agreed = ["name", "accuracy", "ci95", "tpot_ms", "e2el_ms", "escalation_rate", "n"];
        Assert.All(policies, policy =>
        {
            Assert.Subset(policy.EnumerateObject().Select(p => p.Name).ToHashSet(), agreed.ToHashSet());
            double[] interval = [.. policy.GetProperty("ci95").EnumerateArray().Select(end => end.GetDouble())];
            Assert.InRange(policy.GetProperty("accuracy").GetDouble(), interval[0], interval[1]);
        });
    }

    [Fact]
    public void Members_alone_are_what_their_labels_say_and_the_strongest_is_compared_with_itself()
    {
        PolicyReport small = Full.Policies[0];
        LabelRow[] rows = [.. World.Rows.Where(row => row.Model == "small")];
        Assert.Equal(rows.Average(row => row.Correct), small.Accuracy, 1e-12);
        Assert.Equal(5, small.TpotMs!.Value, 1e-9);
        Assert.Equal(rows.Average(row => row.E2elMs!.Value), small.E2elMs!.Value, 1e-9);
        Assert.Equal("large", Full.Strongest);
        PolicyReport large = Full.Policies[1];
        Assert.Equal((1.0, 0.0, 1.0, 0.0, 0.0), (large.Retained!.Value, large.Difference, large.TpotRatio!.Value, large.Losses, large.Gains));
        Assert.Equal([0.0, 0.0], large.DifferenceCi95!);
    }

    [Fact]
    public void The_cascade_beats_random_routing_at_the_same_cost_and_never_the_oracle()
    {
        PolicyReport cascade = Of("cascade");
        PolicyReport random = Of("random at equal cost");
        Assert.Equal(cascade.TpotMs!.Value, random.TpotMs!.Value, 1e-9);
        Assert.True(cascade.Accuracy > random.Accuracy);
        Assert.All(Full.Policies, policy => Assert.True(policy.Accuracy <= Of("oracle").Accuracy));
    }

    [Fact]
    public void Losses_and_gains_explain_the_difference_to_the_strongest() => Assert.All(
        Full.Policies, policy => Assert.Equal(policy.Difference, (policy.Gains - policy.Losses) / policy.N, 1e-9));

    [Fact]
    public void Judges_are_measured_on_all_answers_and_their_verdicts_are_counted()
    {
        JudgeReport judge = Assert.Single(Full.Judges);
        Assert.Equal(("small", World.Count, World.Count), (judge.Member, judge.N, judge.NGated));
        double[] labels = [.. World.Questions.Questions.Select(question => question.Answers[0].Correct)];
        // The target's head is nearly constant here, so the gain ranks about as the own chance does.
        double gainAuroc = Ranking.Auroc([.. Enumerable.Range(0, World.Count).Select(q => -World.Scores[q][^1])], labels)!.Value;
        Assert.Equal(gainAuroc, judge.Auroc!.Value, 0.1);
        Assert.True(judge.Auroc > 0.9);
        Assert.Equal(judge.Auroc, judge.AurocGated);
        Assert.Equal(1, judge.RiskCoverage[^1].Coverage, 1e-12);
        Assert.Equal(1 - judge.Accuracy, judge.RiskCoverage[^1].Risk, 1e-12);
        VerdictReport verdicts = judge.Verdicts!;
        Assert.Equal(World.Count, verdicts.AcceptedEarly + verdicts.AcceptedAtEnd + verdicts.RejectedEarly + verdicts.RejectedAtEnd);
        Assert.Equal(Of("cascade").EscalationRate, (verdicts.RejectedEarly + verdicts.RejectedAtEnd) / (double)World.Count, 1e-12);
        Assert.True(verdicts.RejectedEarly > 0 && verdicts.TokensAtAbort == World.Checkpoint);
        Assert.True(judge.Overhead!.P50Ms > 0);
        Assert.Equal([null, "log_probability", "entropy", "margin", "shape", "cluster"], judge.Ablation!.Select(run => run.Without));
    }

    [Fact]
    public void A_request_that_some_way_answers_with_one_token_is_counted_and_not_priced()
    {
        LabelRow[] rows = [.. World.Rows.Select(row => row.Id == "q003" && row.Model == "large" ? row with { OutputTokens = 1, TpotMs = null } : row)];
        EvaluationReport report = EvaluationReport.Of(World.Cascade(0.2), World.Of(rows), World.Vectors, Options, TestContext.Current.CancellationToken);
        Assert.Equal((World.Count, World.Count - 1, 1), (report.N, report.Priced, report.Unpriced));
        Assert.Equal(5, report.Policies[0].TpotMs!.Value, 1e-9);
    }

    [Fact]
    public void Without_stage_2_the_cascade_is_stage_1_and_that_is_said()
    {
        EvaluationReport report = EvaluationReport.Of(
            World.Cascade(0) with { Escalation = null }, World.Requests, World.Vectors, Options, TestContext.Current.CancellationToken);
        PolicyReport[] same = [.. report.Policies.Where(policy => policy.Kind is "stage_one" or "cascade")];
        Assert.Equal(2, same.Length);
        Assert.Equal(same[0].Accuracy, same[1].Accuracy);
        Assert.Contains("the policy has no Stage 2: what it serves is Stage 1", report.Notices);
        Assert.Empty(report.Judges);
    }

    [Fact]
    public void Labels_without_token_signals_leave_the_cascade_out_and_say_so()
    {
        LabelRow[] rows = [.. World.Rows.Select(row => row with { TokenLogprobs = null })];
        EvaluationReport report = EvaluationReport.Of(World.Cascade(0.2), World.Of(rows), World.Vectors, Options, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(report.Policies, policy => policy.Kind == "cascade");
        Assert.Contains(report.Notices, notice => notice.StartsWith("the labels of small lack what its judge looks at", StringComparison.Ordinal));
    }

    [Fact]
    public void Labels_without_any_times_still_give_accuracies()
    {
        LabelRow[] rows = [.. World.Rows.Select(row => row with { TpotMs = null, E2elMs = null, TtftMs = null, OutputTokens = null })];
        Policy policy = World.Cascade(0) with { Escalation = null };
        EvaluationReport report = EvaluationReport.Of(policy, World.Of(rows), World.Vectors, Options, TestContext.Current.CancellationToken);
        Assert.Equal(0, report.Priced);
        Assert.All(report.Policies, p => Assert.All([p.TpotMs, p.E2elMs, p.TpotRatio], Assert.Null));
        Assert.NotEmpty(JsonSerializer.Serialize(report, EvaluationJson.Default.EvaluationReport));
    }

    [Fact]
    public void That_nothing_was_lost_of_few_requests_does_not_say_that_nothing_is()
    {
        LabelRow[] rows = [.. World.Rows.Select(row => row with { Correct = row.Id == "q003" ? 0 : 1 })];
        EvaluationReport report = EvaluationReport.Of(
            World.Cascade(0) with { Escalation = null }, World.Of(rows), World.Vectors, Options, TestContext.Current.CancellationToken);

        // Wilson's upper bound of none of 200.
        PolicyReport stageOne = report.Policies.Single(policy => policy.Kind == "stage_one");
        Assert.Equal((0.0, 0.0), (stageOne.Losses, stageOne.Gains));
        Assert.Equal([-0.01885, 0.01885], stageOne.DifferenceCi95!.Select(bound => Math.Round(bound, 5)));
        Assert.Equal([0.98106, 1.01894], stageOne.RetainedCi95!.Select(bound => Math.Round(bound, 5)));
        Assert.Equal([0.0, 0.0], report.Policies.Single(policy => policy.Name == report.Strongest).DifferenceCi95!);
        Assert.Equal(0, report.Policies.Single(policy => policy.Kind == "oracle").DifferenceCi95![0]);
    }

    [Fact]
    public void Of_graded_answers_a_worse_one_is_lost_and_a_better_one_gained()
    {
        LabelRow[] rows = [.. World.Rows.Select(row => row with { Correct = row.Model == "large" ? 0.9 : row.Id == "q003" ? 1 : 0.6 })];
        EvaluationReport report = EvaluationReport.Of(World.Cascade(0.2), World.Of(rows), World.Vectors, Options, TestContext.Current.CancellationToken);

        Assert.Equal((World.Count - 1.0, 1.0), (report.Policies[0].Losses, report.Policies[0].Gains));
    }

    [Theory]
    [InlineData("plot.png")]
    [InlineData("plot.svg")]
    public void A_plot_is_drawn(string name)
    {
        using TemporaryFolder folder = new();
        PolicyPlot.Save(Full, folder.File(name));
        Assert.True(new FileInfo(folder.File(name)).Length > 1000);
    }

    private static PolicyReport Of(string name) => Full.Policies.Single(policy => policy.Name == name);
}
