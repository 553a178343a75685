using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

using Xunit;

namespace CascadeLocal.Calibration.Tests.StageTwo;

/// <summary>Labels that do not suffice end in a safe policy and a sentence.</summary>
public sealed class FewLabelsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(20)]
    public void With_few_questions_all_goes_to_the_strongest_and_what_is_missing_is_said(int questions)
    {
        CascadeFit fit = Cascades.Fit(SyntheticLabels.Of(questions, seed: 1), Cascades.Keep(0.99));
        AssertSafe(fit);
        Assert.Contains(fit.Notices, n => n.Contains("not certifiable: 299 questions", StringComparison.Ordinal));
        // One question leaves the cheapest model as the strongest: then there is nobody to judge.
        Assert.Equal(
            fit.Judged.Count(j => j is not null),
            fit.Notices.Count(n => n.Contains("no head was fitted:", StringComparison.Ordinal) && n.Contains("40 are needed", StringComparison.Ordinal) && !n.Contains("no verdict", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Of_answers_of_one_kind_no_judge_is_made(int correct)
    {
        CascadeFit fit = Cascades.Fit(
            SyntheticLabels.Of(800, seed: 2, change: row => row.Model == SyntheticLabels.Cheap ? row with { Correct = correct } : row), Cascades.Keep(0.95));
        // Where the cheap model is always right it is the strongest itself.
        if (correct == 0)
            Assert.Contains(fit.Notices, n => n.Contains("0 of 480 answers are right", StringComparison.Ordinal));
        AssertSafe(fit);
    }

    [Fact]
    public void Without_labels_for_certifying_nothing_is_promised()
    {
        EmbeddedTable labels = SyntheticLabels.Of(600, seed: 3);
        // The same prompts again certify nothing.
        CascadeFit fit = Cascades.Fit(CascadeLabels.Of(labels, labels), Cascades.Keep(0.95));
        AssertSafe(fit);
        Assert.Contains("600 of 600 prompts for certifying are fitted to as well, and do not certify", fit.Notices);
        Assert.Contains(fit.Notices, n => n.Contains("not certifiable", StringComparison.Ordinal));
        Assert.Null(Cascades.Stored(fit).Escalation!.Expected);
    }

    [Fact]
    public void A_cluster_with_few_labels_gets_no_gate_and_one_without_any_for_certifying_is_no_error()
    {
        // Ten questions lie far from all others.
        EmbeddedTable many = SyntheticLabels.Of(1500, seed: 4);
        EmbeddedTable few = SyntheticLabels.Of(10, seed: 5);
        var rows = many.Table.Questions.Concat(few.Table.Questions).SelectMany(q => q.Runs[0]).ToArray();
        var table = Calibration.Fitting.QuestionTable.Of(new Calibration.Labels.LabelSet(rows, null, []), "labels");
        HashSet<string> far = [.. few.Table.Texts];
        EmbeddedTable all = new(table, PointSet.Of([.. table.Texts.Select(t => far.Contains(t) ? [0f, 50f] : Near(many, t))]));
        CascadeFit fit = Cascades.Fit(
            CascadeLabels.Of(all, SyntheticLabels.Of(1000, seed: 6)), Cascades.Keep(0.95, clusters: 3));
        int alone = Enumerable.Range(0, 3).Single(c => fit.StageOne.Fit.Statistics.Clusters[c].Size == 10);
        Assert.DoesNotContain(fit.Questions.Certify, q => fit.Questions.Questions[q].Cluster == alone);
        Assert.Equal([fit.Result.Target], fit.Result.Plan.Actions[alone].Path);
        Assert.Contains(fit.Result.Plan.Actions, a => a.IsGated);
        Cascades.Stored(fit);
    }

    [Fact]
    public void Labels_without_signals_lengths_or_texts_are_used_for_what_they_have()
    {
        CascadeFit fit = Cascades.Fit(
            SyntheticLabels.Of(600, seed: 7, change: row => row with
            {
                TokenLogprobs = null,
                TokenEntropies = null,
                TokenMargins = null,
                TokenEnds = null,
                OutputTokens = null,
            }),
            Cascades.Keep(0.9));
        Assert.Contains(fit.Notices, n => n.Contains("no token signals, so answers are judged by text, length and query alone", StringComparison.Ordinal));
        Assert.Contains(fit.Notices, n => n.Contains("600 of 600 labels have no output_tokens; four characters are taken for a token", StringComparison.Ordinal));
        Assert.Contains(fit.Notices, n => n.Contains("600 of 600 labels have no token_ends", StringComparison.Ordinal));
        Cascades.Stored(fit);

        CascadeFit silent = Cascades.Fit(SyntheticLabels.Of(600, seed: 7, change: row => row with { Output = null, TokenEnds = null }), Cascades.Keep(0.9));
        Assert.Contains(silent.Notices, n => n.Contains("600 of 600 labels have no output,", StringComparison.Ordinal));
        Assert.All(Cascades.Stored(silent).Escalation!.AcceptedShares, Assert.Null);
    }

    [Theory]
    [InlineData(null, "labels have neither output_tokens nor an output; two tokens are taken for each")]
    [InlineData("B", "labels have no output_tokens; four characters are taken for a token")]
    public void Labels_without_lengths_and_with_little_text_or_none_are_priced_by_the_time_of_a_token(string? output, string said)
    {
        CascadeFit fit = Cascades.Fit(
            SyntheticLabels.Of(100, seed: 8, change: row => row with
            {
                Output = output,
                OutputTokens = null,
                TokenEnds = null,
                TokenLogprobs = null,
            }),
            Cascades.Keep(0.9));
        Assert.InRange(fit.Result.Fitted.Tpot!.Value, double.Epsilon, double.MaxValue);
        Assert.Equal($"cheap: 100 of 100 {said}", Assert.Single(fit.Notices, n => n.Contains("output_tokens", StringComparison.Ordinal)));
        // No answer has tokens that could be judged before the end.
        Assert.DoesNotContain(fit.Notices, n => n.Contains("no verdict after", StringComparison.Ordinal));
    }

    [Fact]
    public void Answers_of_one_counted_token_have_no_tpot_and_what_has_is_said()
    {
        EmbeddedTable labels = SyntheticLabels.Of(60, seed: 8, change: row => row with { OutputTokens = 1, TokenLogprobs = null });
        Assert.Equal(
            "no question for fitting has it of every model, with two tokens at least; answers of one token have an e2el or a cost (--metric)",
            Assert.Throws<MissingCostException>(() => Cascades.Fit(labels, Cascades.Keep(0.9))).Message);
    }

    [Fact]
    public void A_pool_of_one_needs_no_judge()
    {
        EmbeddedTable labels = SyntheticLabels.Of(400, seed: 9);
        var rows = labels.Table.Questions.Select(q => q.Runs[0][0]).ToArray();
        CascadeFit fit = Cascades.Fit(
            new EmbeddedTable(Calibration.Fitting.QuestionTable.Of(new Calibration.Labels.LabelSet(rows, null, []), "labels"), labels.Texts),
            Cascades.Keep(0.9, GuaranteeKind.Mean));
        AssertSafe(fit);
    }

    private static float[] Near(EmbeddedTable table, string text) => table.Texts[table.Table.Texts.ToList().IndexOf(text)].ToArray();

    // All goes to the target, and the policy can be stored.
    private static void AssertSafe(CascadeFit fit)
    {
        Policy policy = Cascades.Stored(fit);
        Assert.All(policy.Escalation!.Actions, a => Assert.Equal([fit.Strongest], a.Path));
        Assert.All(policy.Assignment, m => Assert.Equal(fit.Strongest, m));
        Assert.Equal(fit.Strongest, policy.DefaultMember);
    }
}
