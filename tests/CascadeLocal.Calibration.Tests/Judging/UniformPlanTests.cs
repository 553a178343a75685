using CascadeLocal.Calibration.Joint;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Judging;

/// <summary>Without a promise all clusters may have the same path and price; see <see cref="PlanKind.Uniform"/>.</summary>
public sealed class UniformPlanTests
{
    [Fact]
    public void It_is_the_cheapest_that_keeps_the_share_and_hardly_misses_it_by_more_than_a_point() => Tables.Any(certify: false).Sample(table =>
    {
        const double Keep = 0.7;
        GateScores?[] scores = Tables.Scores(table);
        ActionTable actions = Tables.Actions(table, scores, Options(Keep));
        ActionSums[] found = new PlanSearch(actions, Options(Keep), 0).Find(PlanKind.Uniform, null, Keep).Actions;
        ActionSums[][] allowed = [.. actions.Uniform().Where(way => actions.Margin(way, Keep) is { Mean: >= 0 } margin && margin.Mean >= margin.StandardError - 0.01 * actions.StrongestAccuracy)];
        if (allowed.Length == 0)
            Assert.All(found, sums => Assert.Equal([actions.Target], sums.Action.Path));
        else
            Assert.Equal(allowed.Min(Cost), Cost(found), 1e-9);
    }, iter: 100);

    [Fact]
    public void Every_cluster_has_the_same_path_and_thresholds_in_proportion_to_what_the_next_model_costs() => Tables.Any(certify: false).Sample(table =>
    {
        double[] costs = [.. Enumerable.Range(0, 3).Select(m => table.Cost(m, CostMetric.Tpot, table.Fit))];
        foreach (ActionSums[] way in Tables.Actions(table, Tables.Scores(table), Options(0.9)).Uniform())
        {
            CascadeAction first = way[0].Action;
            Assert.All(way, sums => Assert.Same(first, sums.Action));
            double[] prices = [.. first.Thresholds.Select((threshold, gate) => threshold / costs[first.Path[gate + 1]])];
            Assert.All(prices, price => Assert.Equal(prices[0], price, 1e-9));
        }
    }, iter: 100);

    [Fact]
    public void What_it_gives_in_each_cluster_adds_up_to_what_the_plan_gives() => Tables.Any(certify: false).Sample(table =>
    {
        GateScores?[] scores = Tables.Scores(table);
        ActionTable actions = Tables.Actions(table, scores, Options(0.9));
        foreach (ActionSums[] way in actions.Uniform())
        {
            CascadePlan plan = new([.. way.Select(sums => sums.Action)], [.. scores.Select(_ => EarlyRule.None)]);
            PlanOutcome outcome = JointFit.Evaluate(table, scores, plan, table.Fit, actions.Target);
            Assert.Equal(outcome.Accuracy, way.Sum(sums => sums.Accuracy), 1e-9);
            Assert.Equal(outcome.Tpot!.Value, Cost(way), 1e-9);
            Assert.Equal(outcome.Accuracy - 0.9 * outcome.StrongestAccuracy, actions.Margin(way, 0.9).Mean, 1e-9);
        }
    }, iter: 50);

    [Fact]
    public void Few_questions_tell_too_little_for_it_and_many_do_not()
    {
        Assert.Equal(PlanKind.Strongest, KindOf(60));
        Assert.Equal(PlanKind.Uniform, KindOf(4_000));

        static PlanKind KindOf(int questions)
        {
            JudgedQuestions table = Tables.Cascade(questions, certify: 0, informative: true);
            JointResult found = JointFit.Fit(table, Tables.CascadeScores(table), Options(0.99));
            return found.Plan.Actions.All(action => action.IsGated) ? PlanKind.Uniform : PlanKind.Strongest;
        }
    }

    private static JointOptions Options(double keep) =>
        new() { Guarantee = new(GuaranteeKind.None, keep), IsUniform = true, LeastRows = 1, Thresholds = 6 };

    private static double Cost(ActionSums[] actions) => actions.Sum(sums => sums.Cost);
}
