using CascadeLocal.Calibration.Joint;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Judging;

public sealed class PathColumnsTests
{
    [Theory]
    [InlineData(CostMetric.Tpot)]
    [InlineData(CostMetric.E2el)]
    [InlineData(CostMetric.Cost)]
    public void Sums_are_those_of_the_replay_to_the_last_bit(CostMetric metric) => Gen.Select(
        Tables.Any(certify: false), Gen.Int[0, 1_000_000]).Sample((made, seed) =>
    {
        Random random = new(seed);
        double Gain() => random.Next(-10, 11) / 10.0;
        int count = made.Questions.Count;
        // Some answers have no cost, some no times but that of the whole.
        JudgedQuestions table = new(made.Models, made.Clusters, [.. made.Questions.Select(q => q with
        {
            Answers = [.. q.Answers.Select((a, m) => a with
            {
                Cost = m == 0 && random.Next(4) == 0 ? double.NaN : random.NextDouble(),
                TokenCost = 0.001,
                TimeToFirstToken = random.Next(4) == 0 ? double.NaN : a.TimeToFirstToken,
                TimePerOutputToken = random.Next(4) == 0 ? double.NaN : a.TimePerOutputToken,
            })],
        })]);
        GateScores first = new([4], [.. Enumerable.Range(0, count).Select(_ => new[] { random.Next(4) == 0 ? double.NaN : Gain(), Gain() })]);
        GateScores second = new GateScores([], [.. Enumerable.Range(0, count).Select(_ => new[] { Gain() })])
            .With(new Dictionary<int, IReadOnlyList<(double, double)>> { [0] = [.. Enumerable.Range(0, count).Select(_ => (0.5, Gain()))] });
        double accept = -random.Next(0, 10) / 10.0;
        PlanReplay replay = new(table, [first, second, null], [new EarlyRule([4], [accept], [accept + random.Next(0, 15) / 10.0]), EarlyRule.None, EarlyRule.None]);
        int[] rows = [.. Enumerable.Range(0, count)];
        PathColumns columns = new(replay, rows, metric, strongest: 2);
        foreach (CascadeAction action in (CascadeAction[])[CascadeAction.Direct(1), new([0, 2], [Gain()]), new([1, 2], [Gain()]), new([0, 1, 2], [Gain(), Gain()])])
        {
            (double right, double cost, int losses) = (0, 0, 0);
            foreach (int q in rows)
            {
                Delivery delivery = replay.Deliver(q, action);
                right += table.Questions[q].Answers[delivery.Model].Correct;
                cost += table.Questions[q].IsPriced(metric) ? delivery.Charge(metric) : 0;
                losses += table.Questions[q].IsLost(delivery.Model, 2) ? 1 : 0;
            }

            Assert.Equal((right, cost, losses), columns.Sums(action.Path, action.Thresholds));
        }
    });
}
