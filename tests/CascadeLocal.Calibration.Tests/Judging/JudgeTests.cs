using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Judging;

/// <summary>From answered questions to a judge and a plan.</summary>
public sealed class JudgeTests
{
    private static readonly FeatureLayout Layout = new(SignalSet.Full, 2, 0);

    [Fact]
    public void The_gain_is_the_targets_chance_less_the_models_own()
    {
        JudgedQuestions table = Tables.Cascade(800, certify: 200, informative: true);
        AnswerFeatures features = Features(table);
        JudgeFit fit = JudgeTrainer.Train(table, features, 0, 1, new());
        Assert.InRange(fit.Own!.Auroc!.Value, 0.9, 1);
        // Whether a curve helps is left to chance where the scores are as good as this.
        Assert.All(fit.Notices, notice => Assert.EndsWith("the judge is not calibrated, which would make it worse on questions left out", notice, StringComparison.Ordinal));
        foreach (int q in table.Certify)
        {
            Assert.Equal(fit.Judge!.Gain(fit.Judge.End, features.Of(q, 1)), fit.Scores![q][^1]);
            Assert.Equal(fit.Judge.Gain(0, features.Of(q, 0)), fit.Scores[q][0]);
            Assert.InRange(fit.Scores[q][^1], -1, 1);
        }

        // Hard questions are those where the target gains most.
        int[] byGain = [.. table.Certify.OrderBy(q => fit.Scores![q][^1])];
        Assert.True(byGain.Take(50).Average(q => table.Questions[q].Answers[0].Correct) > 0.95);
        Assert.True(byGain.TakeLast(50).Average(q => table.Questions[q].Answers[0].Correct) < 0.2);
    }

    [Fact]
    public void A_judge_that_is_written_and_read_is_the_same()
    {
        JudgedQuestions table = Tables.Cascade(600, certify: 0, informative: true);
        AnswerFeatures features = Features(table);
        MemberJudge judge = JudgeTrainer.Train(table, features, 0, 1, new()).Judge!;
        MemberJudge read = MemberJudge.Read(judge.ToRecord(), judge.ToTensors("small.").ToDictionary(t => t.Name), "small.");
        Assert.Equal(judge.Checkpoints, read.Checkpoints);
        for (int q = 0; q < 600; q += 7)
            Assert.Equal(judge.Gain(1, features.Of(q, 1)), read.Gain(1, features.Of(q, 1)), 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void Few_labels_end_in_a_plan_that_trusts_no_answer_and_says_why(int questions)
    {
        JudgedQuestions table = Tables.Cascade(questions + 5, certify: 5, informative: true);
        JudgeFit fit = JudgeTrainer.Train(table, Features(table), 0, 1, new());
        Assert.Null(fit.Judge);
        Assert.Contains(fit.Notices, n => n.Contains($"{40 - questions} are missing", StringComparison.Ordinal));
        JointResult plan = JointFit.Fit(table, [fit.Scores, null], new() { Guarantee = new(GuaranteeKind.Confidence, 0.99) });
        int strongest = table.Strongest(CostMetric.Tpot);
        Assert.All(plan.Plan.Actions, a => Assert.Equal([strongest], a.Path));
        Assert.Contains(plan.Notices, n => n.Contains("not certifiable", StringComparison.Ordinal));
    }

    [Fact]
    public void A_target_that_is_always_right_needs_no_head()
    {
        JudgedQuestions source = Tables.Cascade(300, certify: 0, informative: true);
        JudgedQuestions table = new(source.Models, 2, [.. source.Questions.Select(q => q with { Answers = [q.Answers[0], q.Answers[1] with { Correct = 1 }] })]);
        AnswerFeatures features = Features(table);
        JudgeFit fit = JudgeTrainer.Train(table, features, 0, 1, new());
        Assert.Contains(fit.Notices, n => n.Contains("taken for always right", StringComparison.Ordinal));
        Assert.Equal(1, fit.Judge!.Gain(1, features.Of(0, 1)) + fit.Judge.OwnProbability(1, features.Of(0, 1)), 1e-12);
    }

    [Fact]
    public void A_projection_keeps_distances_along_the_directions_that_matter()
    {
        Random random = new(2);
        // Points on a plane in ten dimensions.
        float[][] axes = [.. Enumerable.Range(0, 2).Select(_ => Enumerable.Range(0, 10).Select(_ => (float)random.NextDouble()).ToArray())];
        float[][] points = [.. Enumerable.Range(0, 60).Select(_ =>
        {
            (float a, float b) = ((float)random.NextDouble(), (float)random.NextDouble());
            return axes[0].Zip(axes[1], (x, y) => 5 + a * x + b * y).ToArray();
        })];
        QueryProjection projection = QueryProjectionFit.Of(PointSet.Of(points), 2);
        QueryProjection read = QueryProjection.Read(projection.ToTensors("query.").ToDictionary(t => t.Name), "query.");
        Assert.Equal((10, 2), (read.Inputs, read.Dimensions));
        float[][] reduced = [.. points.Select(p =>
        {
            float[] to = new float[2];
            read.Apply(p, to);
            return to;
        })];
        for (int i = 1; i < 60; i++)
            Assert.Equal(Distance(points[0], points[i]), Distance(reduced[0], reduced[i]), 1e-3);
        Assert.Throws<ArgumentException>(() => read.Apply(points[0], new float[3]));
        Assert.Equal(10, QueryProjectionFit.Of(PointSet.Of(points), 99).Dimensions);
    }

    // The small model's tokens are the less likely the harder the question; a checkpoint shows half of them.
    private static AnswerFeatures Features(JudgedQuestions table)
    {
        double[] gains = [.. Tables.CascadeScores(table)[0]!.Ends()];
        float[][] Of(int q)
        {
            AnswerSignals signals = new();
            float[] half = new float[Layout.Count];
            float[] whole = new float[Layout.Count];
            for (int t = 0; t < 20; t++)
            {
                if (t == 10)
                    Layout.Write(signals, AnswerEnd.Running, table.Questions[q].Cluster, [], [], half);
                float hardness = (float)(gains[q] + 1);
                signals.Add(-hardness - 0.01f * t, hardness / 2, 2 - hardness / 2);
            }

            Layout.Write(signals, AnswerEnd.Stop, table.Questions[q].Cluster, [], [], whole);
            return [half, whole];
        }

        return new(Layout, [10], [.. Enumerable.Range(0, gains.Length).Select(Of)]);
    }

    private static double Distance(float[] a, float[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());
}
