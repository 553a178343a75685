using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Queries;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Calibration.Tests.StageTwo;

/// <summary>A member that joins a policy with Stage 2 from a probe of its own answers.</summary>
public sealed class MemberJudgingTests
{
    private const string New = "new";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_cheaper_member_is_judged_and_asked_first_and_keeps_what_the_plan_leaves_of_the_share(bool withTarget)
    {
        Policy policy = Fitted();
        MemberJudging added = Add(policy, Probe(300, 5, withTarget));
        Policy joined = Stored(added.Policy);
        EscalationPolicy stage = joined.Escalation!;

        Assert.InRange(added.Judge!.Own!.Auroc!.Value, 0.85, 1);
        Assert.InRange(added.AskedFirst, 1, 2);
        Assert.Equal(added.AskedFirst, stage.Actions.Count(action => action.Start == 2));
        Assert.Equal(stage.Actions.Select(action => action.Start), joined.Assignment);
        foreach ((CascadeAction old, CascadeAction action) in policy.Escalation!.Actions.Zip(stage.Actions).Where(pair => pair.Second.Start == 2))
            Assert.Equal([2, .. old.Path], action.Path);
        Assert.Equal(GuaranteeKind.Confidence, policy.Escalation.Guarantee!.Kind);
        Assert.Equal((GuaranteeKind.None, 0.9), (stage.Guarantee!.Kind, stage.Guarantee.Keep));
        Assert.Null(stage.Expected);

        // On other questions, against the target that answers the same ones.
        JudgedTable table = Table(joined, SyntheticLabels.Of(2_000, 6, change: AsNew));
        (AnswerFeatures features, _) = new MemberAnswers(table, 0, stage.Projection!).Read(TestContext.Current.CancellationToken);
        (int accepted, double right, double target) = (0, 0, 0);
        foreach (int q in table.Questions.Fit)
        {
            CascadeAction action = stage.Actions[table.Questions.Questions[q].Cluster];
            bool isAccepted = action.Start == 2
                && stage.Judges[2]!.Gain(stage.Judges[2]!.End, features.Of(q, features.Checkpoints.Count)) <= action.Thresholds[0];
            IReadOnlyList<Joint.JudgedAnswer> answers = table.Questions.Questions[q].Answers;
            accepted += isAccepted ? 1 : 0;
            right += answers[isAccepted ? 0 : 1].Correct;
            target += answers[1].Correct;
        }

        // What the plan before it keeps of the share, and what this keeps of that.
        PolicyExpectation before = policy.Escalation.Expected!;
        Assert.InRange(accepted, 400, 2_000);
        Assert.InRange(right / target * Math.Min(1, before.Accuracy / before.StrongestAccuracy), 0.9 - 0.01, 1.05);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void In_a_policy_of_stated_costs_a_member_joins_by_its_own(bool withTarget)
    {
        static LabelRow Timeless(LabelRow row) => row with { TpotMs = null, TtftMs = null, E2elMs = null };
        CascadeFitOptions options = Cascades.Keep(0.9);
        options = options with
        {
            StageOne = options.StageOne with { StatedCosts = new Dictionary<string, double> { [SyntheticLabels.Cheap] = 1, [SyntheticLabels.Strong] = 10 } },
        };
        CascadeLabels labels = CascadeLabels.Of(SyntheticLabels.Of(400, 1, change: Timeless), SyntheticLabels.Of(400, 2, change: Timeless));
        Policy policy = Cascades.Stored(Cascades.Fit(labels, options));

        MemberJudging added = Add(policy, Probe(300, 5, withTarget, Timeless), stated: 0.25);

        Assert.InRange(added.AskedFirst, 1, 2);
        Assert.Equal([1, 10, 0.25], Stored(added.Policy).Statistics.Models.Select(model => model.Tpot.Stated));
        Assert.Equal(
            "no answer of new has it, which the policy is fitted to; --cost new=20ms states it",
            Assert.Throws<MissingCostException>(() => Add(policy, Probe(300, 5, withTarget, Timeless))).Message);
    }

    [Fact]
    public void What_the_targets_answers_cost_is_taken_from_the_policy_where_the_probe_does_not_say() => Assert.InRange(
        Add(Fitted(), Probe(300, 5, withTarget: true, row => row.Model == SyntheticLabels.Strong ? row with { TpotMs = null } : row)).AskedFirst, 1, 2);

    [Fact]
    public void Where_no_question_has_the_cost_of_both_that_is_said()
    {
        MemberJudging added = Add(Fitted(), Probe(300, 5, withTarget: true, row => row.Model == SyntheticLabels.Strong ? row with { OutputTokens = 1 } : row));

        Assert.Equal(0, added.AskedFirst);
        Assert.Contains("no question has the tpot_ms of both new and strong: where new would pay is not known", added.Notices);
    }

    [Fact]
    public void A_member_whose_answers_tell_nothing_is_asked_nowhere_and_the_promise_stays()
    {
        Policy policy = Fitted();
        Random random = new(1);
        MemberJudging added = Add(policy, Probe(300, 5, withTarget: true, row => row.Model != New ? row : SyntheticLabels.Row(
            row.Id, row.Prompt, New, random.Next(2) == 0, 0.3f, 0.25, random) with { Output = "?" }));
        EscalationPolicy stage = Stored(added.Policy).Escalation!;

        Assert.Equal(0, added.AskedFirst);
        Assert.Null(stage.Judges[2]);
        Assert.Equal(policy.Escalation!.Actions.Select(action => action.Path), stage.Actions.Select(action => action.Path));
        Assert.Equal(policy.Escalation.Guarantee, stage.Guarantee);
        Assert.Equal(policy.Escalation.Expected, stage.Expected);
        Assert.Equal([.. policy.Members, new(New, "ff")], added.Policy.Members);
    }

    [Fact]
    public void A_probe_too_small_for_a_judge_says_so_and_adds_the_member_alone()
    {
        Policy policy = Fitted();
        MemberJudging added = Add(policy, Probe(30, 5, withTarget: false));
        Assert.Null(added.Judge!.Judge);
        Assert.Contains(added.Notices, notice => notice.Contains("30 questions have labels, 40 are needed", StringComparison.Ordinal));
        Assert.Equal(policy.Assignment, Stored(added.Policy).Assignment);
    }

    [Fact]
    public async Task The_8B_of_a_published_set_joins_the_others_by_its_answers_alone_and_is_judged_no_worse_than_by_its_confidence()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        string data = Path.Combine(RepositoryPaths.Shared ?? "", "data", "model-chains");
        Assert.SkipUnless(Directory.Exists(data), "../shared/data/model-chains is not there");
        LabelSet set = LabelSet.Read(Path.Combine(data, "triviaqa-llama-train.jsonl.gz"), new() { WithSignals = true }, cancellationToken);
        using TextEmbedder embedder = TextEmbedder.Load(new());
        string[] prompts = [.. set.Rows.Select(row => row.Prompt).Distinct()];
        PointSet points = await new VectorCache(Path.Combine(Path.GetTempPath(), "cascade-model-chains"), embedder).EmbedAsync(prompts, cancellationToken: cancellationToken);
        Dictionary<string, float[]> vectors = prompts.Select((prompt, i) => (prompt, i)).ToDictionary(p => p.prompt, p => points[p.i].ToArray());
        string member = set.Rows.Select(row => row.Model).Distinct().First(name => name.EndsWith("8b", StringComparison.Ordinal));
        QuestionTable others = QuestionTable.Of(set with { Rows = [.. set.Rows.Where(row => row.Model != member)] }, "labels");
        CascadeFitOptions options = new()
        {
            StageOne = new() { Rule = ClusterRule.Given, Clusters = 2, Routing = new() { Metric = CostMetric.Cost } },
            Guarantee = new(GuaranteeKind.None, 0.98),
        };
        EmbeddedTable fitted = new(others, PointSet.Of([.. others.Texts.Select(text => vectors[text])]));
        Policy policy = Cascades.Stored(Cascades.Fit(CascadeLabels.All(fitted), options));

        LabelRow[] probe = [.. set.Rows.Where(row => row.Model == member)];
        StageOneFit routing = MemberProbe.Fit(policy, member, probe, PointSet.Of([.. probe.Select(row => vectors[row.Prompt])]));
        MemberJudging added = MemberJudging.Of(policy, routing, new(member, null), probe, vectors, cancellationToken: cancellationToken);

        double bare = Ranking.Auroc([.. probe.Select(row => (double)row.Confidence!.Value)], [.. probe.Select(row => row.Correct)])!.Value;
        Assert.InRange(added.Judge!.Own!.Auroc!.Value, bare - 0.02, 1);
        Assert.Equal(5, Stored(added.Policy).Members.Count);
    }

    private static Policy Fitted() =>
        Cascades.Stored(Cascades.Fit(CascadeLabels.Of(SyntheticLabels.Of(400, 1), SyntheticLabels.Of(400, 2)), Cascades.Keep(0.9)));

    private static (LabelRow[] Rows, Dictionary<string, float[]> Vectors) Probe(int questions, int seed, bool withTarget, Func<LabelRow, LabelRow>? change = null)
    {
        (QuestionTable table, PointSet texts) = SyntheticLabels.Of(questions, seed, change: row => change?.Invoke(AsNew(row)) ?? AsNew(row));
        return (
            [.. table.Questions.SelectMany(question => question.Runs[0]).Where(row => withTarget || row.Model == New)],
            table.Texts.Select((text, i) => (text, i)).ToDictionary(t => t.text, t => texts[t.i].ToArray()));
    }

    // As right as the cheap model, for a quarter of the time.
    private static LabelRow AsNew(LabelRow row) =>
        row.Model == SyntheticLabels.Cheap ? row with { Model = New, TpotMs = row.TpotMs / 4, E2elMs = row.E2elMs / 4 } : row;

    private static MemberJudging Add(Policy policy, (LabelRow[] Rows, Dictionary<string, float[]> Vectors) probe, double? stated = null)
    {
        LabelRow[] own = [.. probe.Rows.Where(row => row.Model == New)];
        StageOneFit routing = MemberProbe.Fit(policy, New, own, PointSet.Of([.. own.Select(row => probe.Vectors[row.Prompt])]), stated);
        return MemberJudging.Of(policy, routing, new(New, "ff"), probe.Rows, probe.Vectors, cancellationToken: TestContext.Current.CancellationToken);
    }

    private static JudgedTable Table(Policy policy, EmbeddedTable labels) =>
        JudgedTable.Of(CascadeLabels.All(labels), policy.Centroids, new() { Routing = policy.Options });

    private static Policy Stored(Policy policy)
    {
        using TemporaryFolder folder = new();
        PolicyFolder.Write(folder.Path, policy);
        return PolicyFolder.Read(folder.Path);
    }
}
