using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

using CsCheck;

using Xunit;

namespace CascadeLocal.Calibration.Tests.StageTwo;

/// <summary>What is taken from single labels.</summary>
public sealed class LabelReadingTests
{
    private static readonly LabelRow Row = new() { Id = "1", Prompt = "Why?", Model = "A", Correct = 1, Output = "Because.", OutputTokens = 4 };

    [Fact]
    public void The_text_of_a_running_answer_is_that_of_its_tokens()
    {
        TokenText text = new(Row with { TokenEnds = [2, 2, 7, 8] }, 4);
        Assert.Equal(["Be", "", "cause", "."], Enumerable.Range(0, 4).Select(t => text.Of(t)));
    }

    [Fact]
    public void Without_token_ends_it_is_taken_in_proportion_and_all_of_it_is_there_at_the_end() => Gen.Select(Gen.Int[1, 60], Gen.String).Sample((tokens, output) =>
    {
        TokenText text = new(Row with { Output = output }, tokens);
        Assert.Equal(output, string.Concat(Enumerable.Range(0, tokens).Select(t => text.Of(t))));
        Assert.InRange(text.EndOf(tokens / 2), output.Length * (tokens / 2) / tokens, output.Length * (tokens / 2) / tokens + 1);
    });

    [Fact]
    public void Entropy_and_margin_come_from_the_five_best_where_they_are_not_given()
    {
        float half = MathF.Log(0.5f);
        float quarter = MathF.Log(0.25f);
        LabelRow row = Row with { TokenLogprobs = [half], Top5Logprobs = [[half, quarter]] };
        (float logProbability, float entropy, float margin) = LabelSignals.Of(row, 0);
        // What is left is a third candidate.
        Assert.Equal(1.5 * Math.Log(2), entropy, 1e-6);
        Assert.Equal((half, half - quarter), (logProbability, margin));
        Assert.Equal((SignalSet.Full, SignalSet.LogProbability), (LabelSignals.SetOf(row), LabelSignals.SetOf(row with { Top5Logprobs = null })));
    }

    [Theory]
    [InlineData(7.0, 10.0, 7.0)]
    [InlineData(null, 10.0, 30.0)]
    [InlineData(null, 200.0, 0.0)]
    [InlineData(null, null, double.NaN)]
    public void The_time_per_token_is_what_the_other_times_say_where_it_is_missing(double? tpot, double? ttft, double expected)
    {
        LabelRow row = Row with { TpotMs = tpot, TtftMs = ttft, E2elMs = 100 };
        Assert.Equal(expected, JudgedTable.TpotOf(row)!.Value);
        Assert.Equal((ttft ?? double.NaN) + expected, new RecordedAnswer(row).PassOf(2).Latency);
        Assert.Null(JudgedTable.TpotOf(row with { TpotMs = null, OutputTokens = 1 }));
    }

    [Fact]
    public void Labels_without_it_say_when_an_answer_that_is_dropped_would_have_stopped_and_are_not_priced_by_it()
    {
        CascadeLabels labels = CascadeLabels.All(SyntheticLabels.Of(50, seed: 1, change: row => row with { TpotMs = null }));
        Centroids centroids = new(PointSet.Of([labels.Fit.Texts[0].ToArray()]));
        JudgedTable Table(CostMetric metric) => JudgedTable.Of(labels, centroids, new() { Routing = new() { Metric = metric } });
        Assert.All(Table(CostMetric.E2el).Questions.Questions.SelectMany(q => q.Answers), answer =>
            Assert.Equal(answer.Latency, answer.TimeToFirstToken + answer.DecodeTime, 1e-9));
        Assert.DoesNotContain(Table(CostMetric.Tpot).Questions.Questions, question => question.IsPriced(CostMetric.Tpot));
    }

    [Theory]
    [InlineData("abcdefghijklmnopqrst", null, 20, 20)]  // chunks of 8 and 16
    [InlineData("abcdefgh", null, 8, 20)]  // the first is right, the second is not
    [InlineData("abc!", null, 3, 8)]
    [InlineData("!", null, 0, 8)]
    [InlineData("abcdefghijklmnopqrst", 4, 4, 4)]  // dropped after four tokens
    public void Drafts_are_verified_in_growing_chunks_up_to_the_first_that_differs(string target, int? decidedAt, int accepted, int verified)
    {
        LabelRow draft = Row with { Output = "abcdefghijklmnopqrst", OutputTokens = 20, TokenEnds = [.. Enumerable.Range(1, 20)] };
        Assert.Equal((accepted, verified), AcceptedShare.Verify(draft, target, decidedAt));
    }

    [Fact]
    public void Labels_are_cut_by_prompt_and_equally_for_equal_seeds()
    {
        EmbeddedTable labels = SyntheticLabels.Of(100, seed: 1, change: row => row with { Prompt = row.Prompt });
        CascadeLabels parts = CascadeLabels.Split(labels, 0.4, 3);
        Assert.Equal((60, 40), (parts.Fit.Table.Questions.Count, parts.Certify!.Table.Questions.Count));
        Assert.Empty(parts.Fit.Table.Texts.Intersect(parts.Certify.Table.Texts));
        Assert.Equal(parts.Fit.Table.Texts, CascadeLabels.Split(labels, 0.4, 3).Fit.Table.Texts);
        Assert.NotEqual(parts.Fit.Table.Texts, CascadeLabels.Split(labels, 0.4, 4).Fit.Table.Texts);
        // Every text keeps its vector.
        for (int t = 0; t < parts.Certify.Table.Texts.Count; t++)
        {
            int before = labels.Table.Texts.ToList().IndexOf(parts.Certify.Table.Texts[t]);
            Assert.Equal(labels.Texts[before].ToArray(), parts.Certify.Texts[t].ToArray());
        }
    }
}
