using CascadeLocal.Trainer.Evaluation;
using CascadeLocal.Trainer.Tasks;

using Xunit;

namespace CascadeLocal.Trainer.Tests;

/// <summary>The form of an answer tells which kind of question it answers, so that a wrong answer to another question is known as one.</summary>
public sealed class AnswerKindTests
{
    // Families whose answers have one form: a plain number; letters in small; a story's sentence.
    private static readonly Dictionary<string, string?> Shared = new()
    {
        ["add"] = "number",
        ["subtract"] = "number",
        ["multiply"] = "number",
        ["double"] = "number",
        ["minimum"] = "maximum",
        ["first-letter"] = "letter",
        ["last-letter"] = "letter",
        ["told-name"] = "told",
        ["told-color"] = "told",
        ["story-add"] = "story-step",
        ["story-take"] = "story-step",
        ["story-times"] = "story-step",
        ["help"] = "ability",
        ["what-about"] = "capital",
        ["story-change"] = "story",
        ["story-groups"] = "story",
        ["unknown-place"] = AnswerKind.Refusal,
        ["unknown-person"] = AnswerKind.Refusal,
        ["copy"] = null,
        ["past-sentence"] = null,
    };

    public static TheoryData<string> Names => [.. TaskCatalogue.Asked.Select(family => family.Name)];

    [Theory, MemberData(nameof(Names))]
    public void A_right_answer_is_of_its_own_kind(string name)
    {
        ITaskFamily family = TaskCatalogue.Asked.Single(family => family.Name == name);
        string? expected = TaskCatalogue.Unknown.Contains(family) ? AnswerKind.Refusal : Shared.GetValueOrDefault(name, name);
        Random random = new(9);
        for (int i = 0; i < 200; i++)
        {
            string answer = family.Draw(random, 1 + i % family.Levels, TaskSplit.LmTrain, PhrasingPool.Written).Answer;
            // One copied word looks like one that was turned around, and a sentence may look like anything.
            if (name == "copy" && (!answer.Contains(' ', StringComparison.Ordinal) || answer.Any(char.IsUpper)))
                continue;
            Assert.True(AnswerKind.Of(answer) == expected, $"'{answer}' is {AnswerKind.Of(answer) ?? "nothing"} instead of {expected}");
        }
    }

    [Fact]
    public void A_test_counts_refusals_and_answers_to_other_questions_apart()
    {
        TaskExample Question(string answer) =>
            new() { Family = "antonym", Topic = "words", Level = 1, Turns = [ChatTurn.User("?"), ChatTurn.Assistant(answer)] };

        TestScores result = TestScores.Count(
            "D",
            [Question("The opposite of big is small."), Question("The opposite of up is down."), Question("13"), Question("I do not know that.")],
            ["The capital of Big is Hanoi.", "The opposite of up is left.", "I do not know that. I can", "I do not know that."]);

        Assert.Equal(4, result.Questions);
        Assert.Equal(0.25, result.Refused);
        Assert.Equal(0.25, result.OtherKind);
        Assert.Equal(1, result.Scores.Sum(score => score.Right));
    }
}
