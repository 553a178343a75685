using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Tests.Fitting;
using CascadeLocal.Routing.Judging;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Evaluation;

public sealed class RecordedRequestsTests
{
    [Fact]
    public void A_request_is_a_run_that_every_member_has_answered_and_the_rest_is_counted()
    {
        RecordedRequests requests = World.Of(
            Tables.Row("q1", "large", 1), Tables.Row("q1", "small", 0), Tables.Row("q1", "small", 1, run: 1), Tables.Row("q2", "large", 1), Tables.Row("q1", "other", 1));
        RecordedRequest only = Assert.Single(requests.All);
        Assert.Equal([0.0, 1], only.Answers.Select(answer => answer.Correct));
        Assert.Equal(
            ["other is not in the policy and takes no part", "2 of 3 requests were not answered by all members and are left out"], requests.Notices);
    }

    [Fact]
    public void A_member_without_labels_is_an_error_that_names_it() => Assert.Equal(
        "labels.jsonl: model: no row is of large, a member of the policy",
        Assert.Throws<DataFileException>(() => World.Of(Tables.Row("q1", "small", 1))).Message);

    [Fact]
    public void Equal_prompts_are_one_text_and_the_order_of_rows_decides_nothing()
    {
        LabelRow[] rows =
        [
            Tables.Row("b", "small", 1, "Why?"), Tables.Row("b", "large", 1, "Why?"), Tables.Row("a", "small", 0, "Why?"), Tables.Row("a", "large", 1, "Why?"),
        ];
        RecordedRequests requests = World.Of(rows);
        Assert.Equal(["a", "b"], requests.All.Select(request => request.Id));
        Assert.Equal(["Why?"], requests.Texts);
        Assert.Equal(requests.All.Select(request => request.Id), World.Of([.. rows.Reverse()]).All.Select(request => request.Id));
    }

    [Fact]
    public void Lengths_that_were_not_counted_are_estimated_from_the_text()
    {
        LabelRow row = Tables.Row("q", "small", 1) with { OutputTokens = null };
        Assert.Null(new RecordedAnswer(row).Tokens);
        Assert.Equal(10, new RecordedAnswer(row).TimePerOutputToken);
        RecordedAnswer estimated = new(row with { Output = "some eight characters." });
        Assert.Equal((6, false, 6), (estimated.Tokens, estimated.HasLength, estimated.ShownTokens));
        Assert.Equal("some eight characters.", string.Concat(Enumerable.Range(0, 6).Select(estimated.TokenTexts.Of)));
    }

    [Fact]
    public void Entropies_and_margins_come_from_the_best_candidates_where_they_are_not_given()
    {
        RecordedAnswer answer = new(Tables.Row("q", "small", 1) with { TokenLogprobs = [-0.5f], Top5Logprobs = [[-0.5f, -1.5f]] });
        Assert.Equal(SignalSet.Full, answer.Signals);
        (float logProbability, float entropy, float margin) = answer.SignalsOf(0);
        Assert.Equal((-0.5f, 1f), (logProbability, margin));
        double rest = 1 - Math.Exp(-0.5) - Math.Exp(-1.5);
        Assert.Equal(0.5 * Math.Exp(-0.5) + 1.5 * Math.Exp(-1.5) - rest * Math.Log(rest), entropy, 1e-6);
    }

    [Fact]
    public void What_a_label_does_not_tell_of_its_tokens_is_unknown()
    {
        LabelRow row = Tables.Row("q", "small", 1) with { OutputTokens = 3 };
        RecordedAnswer bare = new(row), confident = new(row with { Confidence = -2 }), logged = new(row with { TokenLogprobs = [-0.5f, -1] });

        Assert.Equal((SignalSet.None, SignalSet.Confidence, SignalSet.LogProbability), (bare.Signals, confident.Signals, logged.Signals));
        Assert.Equal((float.NaN, float.NaN, float.NaN), bare.SignalsOf(2));
        Assert.Equal([float.NaN, float.NaN, -2], Enumerable.Range(0, 3).Select(token => confident.SignalsOf(token).LogProbability));
        Assert.Equal((2, (-1f, float.NaN, float.NaN)), (logged.ShownTokens, logged.SignalsOf(1)));
        Assert.Equal(-2, new RecordedAnswer(row with { Confidence = -2, OutputTokens = null }).SignalsOf(0).LogProbability);
    }
}
