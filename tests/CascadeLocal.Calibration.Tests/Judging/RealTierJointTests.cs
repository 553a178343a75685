using System.Globalization;

using CascadeLocal.Calibration.Clustering;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Judging;

/// <summary>
/// A real tier whose plain cascade loses: fitted to 60 % of its training questions, judged by the other 40 %, for several cuts.
/// </summary>
public sealed class RealTierJointTests(ITestOutputHelper output)
{
    private const int Clusters = 14;
    private const int Dimensions = 8;
    private const int Cuts = 4;

    private static readonly int[] Checkpoints = [8, 16, 32, 64, 128];

    [Fact]
    public async Task The_joint_fit_finds_that_a_plain_cascade_does_not_pay_and_routes_instead()
    {
        RealTierRow[][] rows = [RealTier.Rows(0), RealTier.Rows(1)];
        PointSet queries = await Embed(RealTier.Prompts());
        IReadOnlyList<int> clusters = KMeans.Fit(queries, new() { Clusters = Clusters }, TestContext.Current.CancellationToken).Labels;
        AnswerFeatures features = Features(rows[0], queries, clusters);

        Dictionary<string, List<PlanOutcome>> outcomes = [];
        int gates = 0;
        for (int cut = 0; cut < Cuts; cut++)
        {
            JudgedQuestions table = Table(rows, clusters, cut);
            JudgeFit judge = JudgeTrainer.Train(table, features, 0, 1, new());
            GateScores?[] scores = [judge.Scores, null];
            JointOptions net = new() { Guarantee = new(GuaranteeKind.None, 0.99) };
            Add("SmolLM2", Everywhere(CascadeAction.Direct(0)));
            Add("Qwen", Everywhere(CascadeAction.Direct(1)));
            Add("plain cascade", Everywhere(new([0, 1], [0])));
            Add("stage 1", JointFit.Fit(table, scores, net with { Mode = JointMode.StageOne }).Plan);
            Add("stage 1 then 2", JointFit.Fit(table, scores, net with { Mode = JointMode.StageOneThenTwo }).Plan);
            CascadePlan joint = JointFit.Fit(table, scores, net).Plan;
            Add("joint", joint);
            gates += joint.Actions.Count(a => a.IsGated);

            JointResult certified = JointFit.Fit(table, scores, net with { Guarantee = new(GuaranteeKind.Confidence, 0.99) });
            Assert.False(certified.Certification!.Certified);
            Assert.Contains("299 questions that the strongest model answers right are needed", certified.Certification.Sentence, StringComparison.Ordinal);

            void Add(string name, CascadePlan plan)
            {
                outcomes.TryAdd(name, []);
                outcomes[name].Add(JointFit.Evaluate(table, scores, plan, table.Certify, table.Strongest(CostMetric.Tpot)));
            }
        }

        double Tpot(string name) => outcomes[name].Average(o => o.Tpot!.Value) / outcomes["Qwen"].Average(o => o.Tpot!.Value);
        double E2el(string name) => outcomes[name].Average(o => o.E2el!.Value) / outcomes["Qwen"].Average(o => o.E2el!.Value);
        double Accuracy(string name) => outcomes[name].Average(o => o.Accuracy) / outcomes["Qwen"].Average(o => o.Accuracy);
        foreach (string name in outcomes.Keys)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: accuracy x {Accuracy(name):0.000}, TPOT x {Tpot(name):0.000}, E2EL x {E2el(name):0.000}, escalated {outcomes[name].Average(o => o.EscalationRate):0.000}"));
        }

        Assert.True(Tpot("plain cascade") > 1.2);
        Assert.True(gates <= Cuts * Clusters / 10);
        Assert.InRange(Accuracy("joint"), 0.98, 1.2);
        Assert.InRange(Tpot("joint"), 0.3, 0.75);
        Assert.InRange(E2el("joint"), 0.3, 0.9);
    }

    private static CascadePlan Everywhere(CascadeAction action) =>
        new([.. Enumerable.Repeat(action, Clusters)], [EarlyRule.None, EarlyRule.None]);

    private static async Task<PointSet> Embed(string[] prompts)
    {
        using TextEmbedder embedder = TextEmbedder.Load(new());
        return PointSet.Of(await Task.WhenAll(prompts.Select(p => embedder.EmbedAsync(p, TestContext.Current.CancellationToken))));
    }

    private static JudgedQuestions Table(RealTierRow[][] rows, IReadOnlyList<int> clusters, int cut)
    {
        SeededGenerator generator = SeededGenerator.Of(1, cut);
        return new(RealTier.Models, Clusters, [.. Enumerable.Range(0, clusters.Count).Select(q => new JudgedQuestion(
            q, clusters[q], generator.NextDouble() < 0.4, [.. rows.Select(r => new JudgedAnswer(
                r[q].Correct, r[q].OutputTokens, r[q].TtftMs, r[q].TpotMs ?? double.NaN, r[q].E2elMs))]))]);
    }

    private static AnswerFeatures Features(RealTierRow[] rows, PointSet queries, IReadOnlyList<int> clusters)
    {
        QueryProjection projection = QueryProjectionFit.Of(queries, Dimensions);
        FeatureLayout layout = new(SignalSet.Full, Clusters, Dimensions);
        float[] query = new float[Dimensions];
        float[]? Of(int q, int tokens, AnswerEnd end)
        {
            if (end == AnswerEnd.Running && rows[q].OutputTokens <= tokens)
                return null;
            projection.Apply(queries[q], query);
            float[] features = new float[layout.Count];
            layout.Write(rows[q].Show(tokens), end, clusters[q], query, [], features);
            return features;
        }

        return new(layout, Checkpoints, [.. rows.Select((row, q) => (float[]?[])
            [.. Checkpoints.Select(n => Of(q, n, AnswerEnd.Running)), Of(q, int.MaxValue, row.End)])]);
    }
}
