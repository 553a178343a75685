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
    public void Where_no_run_is_common_to_all_members_the_first_of_each_is_one_as_in_fits()
    {
        RecordedRequests requests = World.Of(
            Tables.Row("q1", "large", 1, run: 2), Tables.Row("q1", "large", 0.5, run: 1), Tables.Row("q1", "small", 0, run: 3), Tables.Row("q2", "large", 1), Tables.Row("q2", "small", 1));

        Assert.Equal([[0, 0.5], [1, 1]], requests.All.Select(request => request.Answers.Select(answer => answer.Correct)));
        Assert.Equal(["1 questions have no run that all models have answered; there the first run of each model is compared"], requests.Notices);
    }

    [Fact]
    public void What_a_policy_was_told_of_a_member_stands_in_for_a_cost_that_its_labels_lack()
    {
        LabelRow[] rows = [.. World.Rows.Select(row => row.Model == "small" ? row with { TpotMs = null } : row with { TpotMs = 21 })];
        RecordedRequests requests = RecordedRequests.Of(new LabelSet(rows, null, []), World.Cascade(0), "labels.jsonl");

        Assert.All(requests.All, request => Assert.Equal([5, 21], request.Answers.Select(answer => answer.TimePerOutputToken)));
        Assert.Equal(["the labels have no tpot_ms of small; what the policy was told is taken: small 5 ms"], requests.Notices);
        Assert.Empty(RecordedRequests.Of(new LabelSet(World.Rows, null, []), World.Cascade(0), "labels.jsonl").Notices);
    }

    [Fact]
    public void Costs_are_needed_of_those_answers_alone_that_take_part()
    {
        LabelRow[] rows = [Tables.Row("q1", "small", 1) with { CostUsd = 1 }, Tables.Row("q1", "large", 1) with { CostUsd = 2 }];
        World.Of([.. rows, Tables.Row("q1", "other", 1), Tables.Row("q2", "small", 1)]).CheckCosts("labels.jsonl");

        Assert.Equal(
            "labels.jsonl: cost_usd: 'q1' of large has no cost, which --cost needs (--price says what its tokens cost)",
            Assert.Throws<DataFileException>(() => World.Of(rows[0], rows[1] with { CostUsd = null }).CheckCosts("labels.jsonl")).Message);
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
        // Of an unknown length one gap stands for all, so that what a token takes counts.
        Assert.Equal((2, 10), (new RecordedAnswer(row).Tokens, new RecordedAnswer(row).TimePerOutputToken));
        RecordedAnswer letter = new(row with { Output = "B" });
        Assert.Equal((2, 10, 1), (letter.Tokens, letter.TimePerOutputToken, letter.ShownTokens));
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
