using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Json;
using CascadeLocal.Calibration.Labels;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Fitting;

public sealed class QuestionTableTests
{
    [Fact]
    public void Runs_are_averaged_and_times_over_those_that_have_one()
    {
        QuestionTable table = Tables.Of(Tables.Row("q", "A", 1, tpot: null), Tables.Row("q", "A", 0, run: 1, tpot: 8), Tables.Row("q", "A", 0, run: 2, tpot: 4));
        Answer answer = Assert.Single(Assert.Single(table.Questions).Answers);
        Assert.Equal(1.0 / 3, answer.Correct, 1e-12);
        Assert.Equal(6, answer.TpotMs);
    }

    [Fact]
    public void Models_are_compared_on_the_questions_that_all_answered_and_the_rest_is_counted()
    {
        QuestionTable table = Tables.Of(
            Tables.Row("q1", "A", 1), Tables.Row("q1", "B", 1), Tables.Row("q2", "A", 1), Tables.Row("q3", "B", 1), Tables.Row("q4", "B", 0));
        Assert.Equal(["q1"], table.Questions.Select(question => question.Id));
        Assert.Equal(
            "3 of 4 questions were not answered by all models and are left out: A lacks 2, B lacks 1", Assert.Single(table.Notices));
    }

    [Fact]
    public void Where_no_run_is_common_to_all_models_that_is_said()
    {
        QuestionTable table = Tables.Of(Tables.Row("q1", "A", 1), Tables.Row("q1", "B", 1, run: 1), Tables.Row("q2", "A", 1), Tables.Row("q2", "B", 1));
        Assert.Equal("1 questions have no run that all models have answered; there the first run of each model is compared", Assert.Single(table.Notices));
        Assert.Equal([0, 1], Assert.Single(table.Questions[0].Runs).Select(row => row.Run));
    }

    [Fact]
    public void No_common_question_is_an_error() => Assert.Equal(
        "labels.jsonl: none of 2 questions was answered by all of A, B",
        Assert.Throws<DataFileException>(() => Tables.Of(Tables.Row("q1", "A", 1), Tables.Row("q2", "B", 1))).Message);

    [Fact]
    public void Members_give_the_order_and_one_without_labels_is_named()
    {
        LabelSet set = new([Tables.Row("q", "A", 1), Tables.Row("q", "B", 1)], [new("C", null, null), new("B", null, null), new("A", null, null)], []);
        QuestionTable table = QuestionTable.Of(set, "labels");
        Assert.Equal(["B", "A"], table.Models);
        Assert.Equal("C has no labels and takes no part", Assert.Single(table.Notices));
    }

    [Fact]
    public void The_order_of_rows_decides_nothing()
    {
        LabelRow[] rows =
        [
            Tables.Row("q1", "A", 1, "Why?"), Tables.Row("q1", "B", 0, "Why?"),
            Tables.Row("q2", "A", 0, "How?"), Tables.Row("q2", "B", 1, "How?"),
        ];
        LabelMember[] members = [new("A", null, null), new("B", null, null)];
        QuestionTable table = QuestionTable.Of(new(rows, members, []), "labels");
        QuestionTable reversed = QuestionTable.Of(new([.. rows.Reverse()], members, []), "labels");
        Assert.Equal(table.Texts, reversed.Texts);
        Assert.Equal(table.Questions.Select(q => (q.Id, q.Text)), reversed.Questions.Select(q => (q.Id, q.Text)));
    }

    [Fact]
    public void Equal_prompts_are_one_text()
    {
        QuestionTable table = Tables.Of(Tables.Row("q1", "A", 1, "Why?"), Tables.Row("q2", "A", 1, "Why?"), Tables.Row("q3", "A", 1, "How?"));
        Assert.Equal(["Why?", "How?"], table.Texts);
        Assert.Equal([0, 0, 1], table.Questions.Select(question => question.Text));
    }
}
