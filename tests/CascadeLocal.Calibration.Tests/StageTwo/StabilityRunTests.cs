using System.Globalization;

using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Queries;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Tests.Common;

using Xunit;

namespace CascadeLocal.Calibration.Tests.StageTwo;

/// <summary>
/// A share that is kept without a promise, fitted ten times to the same few labels and judged on the same other questions: only the fit's
/// seed changes.
/// </summary>
public sealed class StabilityRunTests(ITestOutputHelper output)
{
    private const int Seeds = 10;
    private const double Keep = 0.99;

    public static TheoryData<int> Draws => [.. Enumerable.Range(1, 10)];

    [Theory(Explicit = true, Timeout = 3_600_000)]
    [MemberData(nameof(Draws))]
    public void Fits_of_400_labels_of_four_topics_keep_the_share_whatever_the_seed(int labels) =>
        AssertStable(CascadeLabels.Of(SyntheticTopics.Of(400, labels), SyntheticTopics.Of(4_000, 100 + labels)), mostCost: 0.9, TestContext.Current.CancellationToken);

    [Fact(Explicit = true, Timeout = 3_600_000)]
    public async Task Fits_of_a_real_tier_keep_the_share_whatever_the_seed()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        string data = Path.Combine(RepositoryPaths.Shared ?? "", "data", "real-tier");
        Assert.SkipUnless(Directory.Exists(data), "../shared/data/real-tier is not there");
        string file = Path.Combine(data, "labels.jsonl.gz");
        QuestionTable table = QuestionTable.Of(LabelSet.Read(file, new() { WithSignals = true, Queries = Path.Combine(data, "questions.jsonl.gz") }, cancellationToken), file);
        using TextEmbedder embedder = TextEmbedder.Load(new());
        VectorCache vectors = new(Path.Combine(Path.GetTempPath(), "cascade-real-tier"), embedder);
        EmbeddedTable all = new(table, await vectors.EmbedAsync(table.Texts, cancellationToken: cancellationToken));
        AssertStable(CascadeLabels.Split(all, 0.2, 1), mostCost: 0.75, cancellationToken);
    }

    private void AssertStable(CascadeLabels labels, double mostCost, CancellationToken cancellationToken)
    {
        List<(double Kept, double Cost)> fits = [];
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            CascadeFit fit = CascadeFit.Of(
                labels,
                new() { StageOne = new() { Seed = seed }, Guarantee = new(GuaranteeKind.None, Keep) },
                cancellationToken: cancellationToken);
            PlanOutcome given = fit.Result.Certified!, estimated = fit.Result.CrossValidated!;
            double alone = JointFit.Evaluate(
                fit.Questions,
                fit.Scores,
                new([.. fit.Result.Plan.Actions.Select(_ => CascadeAction.Direct(fit.Strongest))], fit.Result.Plan.EarlyRules),
                fit.Questions.Certify,
                fit.Strongest).Tpot!.Value;
            fits.Add((given.Accuracy / given.StrongestAccuracy, given.Tpot!.Value / alone));
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"seed {seed}: kept {fits[^1].Kept:0.000}, estimated {estimated.Accuracy / estimated.StrongestAccuracy:0.000}; TPOT x {fits[^1].Cost:0.000}; {fit.Result.Plan.Actions.Count} clusters, {fit.Result.Plan.Actions.Count(a => a.IsGated)} gates, judge sees {fit.Judged.OfType<JudgedMember>().First().Fit.Inputs}"));
        }

        double mean = fits.Average(f => f.Kept);
        double deviation = Math.Sqrt(fits.Sum(f => (f.Kept - mean) * (f.Kept - mean)) / (Seeds - 1));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"kept: mean {mean:0.000}, deviation {deviation:0.000}, worst {fits.Min(f => f.Kept):0.000}; TPOT x {fits.Average(f => f.Cost):0.000}"));
        Assert.InRange(mean, Keep, 2);
        Assert.InRange(deviation, 0, 0.012);
        Assert.InRange(fits.Min(f => f.Kept), 0.97, 2);
        Assert.InRange(fits.Average(f => f.Cost), 0, mostCost);
    }
}
