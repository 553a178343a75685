using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Reports;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Fitting;

public sealed class MemberProbeTests
{
    private static readonly Policy TwoClusters = new()
    {
        Embedder = new("tiny", "0123", 2),
        Members = [new("A", "aa")],
        Centroids = new(new PointSet([1, 0, 0, 1], 2)),
        Statistics = new([new("0", 60), new("1", 40)], [new() { Name = "A", Errors = [0.5, 0.5], Tpot = new(null, [10, 10]) }]),
        Options = new(),
        Assignment = [0, 0],
        DefaultMember = 0,
        GradedBy = "agreement",
        Kinds = new Dictionary<RequestKind, int> { [RequestKind.Tools] = 100 },
        Novelty = new(0.25, [0.5f, 1, 1.5f]),
        Forecast = new(new([new(new(new PointSet([1, 0, 0, 1], 2)), [0.5f, 0.25f])]), new(0.02, 0.5, 10)),
    };

    [Fact]
    public void A_new_member_takes_the_clusters_where_it_is_better_and_the_others_stay()
    {
        Policy policy = Apply("X", 300, "cc");
        Assert.Equal([0, 1], policy.Assignment);
        Assert.Equal([new("A", "aa"), new("X", "cc")], policy.Members);
        Assert.Equal(TwoClusters.Statistics.Clusters, policy.Statistics.Clusters);
        Assert.Equal(TwoClusters.Statistics.Models[0], policy.Statistics.Models[0]);
        Assert.Same(TwoClusters.Centroids, policy.Centroids);
        Assert.Equal("agreement", policy.GradedBy);
        Assert.Same(TwoClusters.Novelty, policy.Novelty);
        Assert.Same(TwoClusters.Kinds, policy.Kinds);
    }

    [Fact]
    public void Small_clusters_are_shrunk_towards_the_mean_of_the_probe()
    {
        // 10 questions in each cluster, all wrong in the first and right in the second.
        ModelStatistics measured = Fit("X", 20).Statistics.Models[1];
        Assert.Equal((10 + MemberProbe.Shrinkage * 0.5) / (10 + MemberProbe.Shrinkage), measured.Errors[0], 1e-12);
        Assert.Equal(MemberProbe.Shrinkage * 0.5 / (10 + MemberProbe.Shrinkage), measured.Errors[1], 1e-12);
        Assert.Equal(12, measured.Tpot.InCluster(0)!.Value, 1e-12);
    }

    [Theory]
    [InlineData(1, 0.793, false)]
    [InlineData(6, 0.561, false)]
    [InlineData(2_000, 0.004, true)]
    public void How_sure_its_rates_are_is_a_matter_of_its_own_labels(int questions, double high, bool leads)
    {
        (LabelRow[] rows, PointSet vectors) = Probe("X", questions);
        rows = [.. rows.Select(row => row with { Correct = 1 })];
        StageOneFit fit = MemberProbe.Fit(TwoClusters, "X", rows, vectors);

        FitReport report = FitReport.Of(fit, MemberProbe.Evidence(TwoClusters, fit, "X", rows, vectors));

        Assert.Equal((0, high), (report.Models[1].Errors["0"].Error, Math.Round(report.Models[1].Errors["0"].High, 3)));
        Assert.Equal(0.623, report.Models[0].Errors["0"].High, 0.001);
        Assert.All(report.Margins, margin => Assert.Equal(("X", leads), (margin.Winner, margin.Holds)));
    }

    [Fact]
    public void That_few_labels_are_few_is_said()
    {
        (LabelRow[] rows, PointSet vectors) = Probe("X", 99);
        MemberJudging added = MemberJudging.Of(
            TwoClusters,
            MemberProbe.Fit(TwoClusters, "X", rows, vectors),
            new("X", "cc"),
            rows,
            rows.Select((row, i) => (row.Prompt, i)).ToDictionary(row => row.Prompt, row => vectors[row.i].ToArray()),
            cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(["X has labels of 99 of the 100 prompts that are needed: where it answers is mostly chance"], added.Notices);
    }

    [Fact]
    public void A_member_that_is_there_is_measured_anew()
    {
        Policy policy = Apply("A", 300, "new");
        Assert.Equal(new PolicyMember("A", "new"), Assert.Single(policy.Members));
        Assert.True(Assert.Single(policy.Statistics.Models).Errors[1] < 0.1);
    }

    [Fact]
    public void A_cluster_that_the_probe_does_not_meet_gets_its_mean()
    {
        LabelRow[] rows = [Tables.Row("q", "X", 1)];
        Assert.Equal([0.0, 0.0], MemberProbe.Fit(TwoClusters, "X", rows, new PointSet([1, 0], 2)).Statistics.Models[1].Errors);
    }

    [Fact]
    public void The_forecast_knows_the_new_member_too_and_what_it_said_of_the_others_stays()
    {
        QueryForecast forecast = Apply("X", 300, "cc").Forecast!.Query;
        Assert.Equal([0.5, 0.0625], forecast.Predict([1, 0]), Near);
        Assert.Equal([0.25, 0.9375], forecast.Predict([0, 1]), Near);
        Assert.Equal(new(0.02), Apply("X", 300, "cc").Forecast!.Routing);
        Assert.Equal(0.9375, Apply("A", 300, "new").Forecast!.Query.Predict([0, 1])[0], 0.01);
    }

    [Fact]
    public void The_line_of_a_forecast_gets_one_for_the_new_member()
    {
        LinearForecast line = new([0.5f, 0.25f, 0.125f], 2);
        Policy policy = TwoClusters with { Forecast = new(new(TwoClusters.Forecast!.Query.Clusterings, line), null) };
        (LabelRow[] rows, PointSet vectors) = Probe("X", 300);

        LinearForecast added = MemberProbe.Apply(policy, MemberProbe.Fit(policy, "X", rows, vectors), new("X", "cc"), rows, vectors).Forecast!.Query.Linear!;

        Assert.Equal(line.Weights.ToArray(), added.Row(0).ToArray());
        // All of the first cluster's answers are wrong, all of the second's right: the line rises from the one to the other, less than all the way.
        Assert.InRange(added.Predict([1, 0], 1), 0.001, 0.25);
        Assert.InRange(added.Predict([0, 1], 1), 0.75, 0.999);
    }

    [Fact]
    public void Within_a_budget_queries_go_by_cluster_until_all_members_are_fitted_and_that_is_said()
    {
        Policy policy = TwoClusters with { Options = new() { Budget = 12 } };
        (LabelRow[] rows, PointSet vectors) = Probe("X", 300);
        MemberJudging Add(Policy to) => MemberJudging.Of(
            to,
            MemberProbe.Fit(to, "X", rows, vectors),
            new("X", "cc"),
            rows,
            rows.Select((row, i) => (row.Prompt, i)).ToDictionary(row => row.Prompt, row => vectors[row.i].ToArray()),
            cancellationToken: TestContext.Current.CancellationToken);

        MemberJudging added = Add(policy);
        Assert.Equal([0.5, 0.0625], added.Policy.Forecast!.Query.Predict([1, 0]), Near);
        Assert.Null(added.Policy.Forecast.Routing);
        Assert.StartsWith("queries go by their cluster until fit --labels of all members", Assert.Single(added.Notices), StringComparison.Ordinal);
        Assert.Empty(Add(TwoClusters).Notices);
        Assert.Empty(Add(policy with { Forecast = policy.Forecast! with { Routing = null } }).Notices);
    }

    private static bool Near(double one, double other) => Math.Abs(one - other) < 0.01;

    private static Policy Apply(string name, int questions, string fingerprint)
    {
        (LabelRow[] rows, PointSet vectors) = Probe(name, questions);
        return MemberProbe.Apply(TwoClusters, MemberProbe.Fit(TwoClusters, name, rows, vectors), new(name, fingerprint), rows, vectors);
    }

    private static StageOneFit Fit(string name, int questions)
    {
        (LabelRow[] rows, PointSet vectors) = Probe(name, questions);
        return MemberProbe.Fit(TwoClusters, name, rows, vectors);
    }

    private static (LabelRow[] Rows, PointSet Vectors) Probe(string name, int questions) => (
        [.. Enumerable.Range(0, questions).Select(i => Tables.Row($"q{i}", name, i % 2, tpot: 12))],
        new PointSet([.. Enumerable.Range(0, questions).SelectMany(i => (float[])(i % 2 == 0 ? [1, 0] : [0, 1]))], 2));
}
