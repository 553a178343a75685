using System.Globalization;

using CascadeLocal.Trainer.Tasks;

using Xunit;

namespace CascadeLocal.Trainer.Tests.Tasks;

/// <summary>Derives every computable answer a second time, from the text of the question alone.</summary>
public sealed class TaskAnswerTests
{
    private const int DrawsPerCell = 60;

    // What is not computed but written down: there is nothing to derive.
    private static readonly string[] Facts =
    [
        "antonym", "plural", "past-tense", "translate", "capital", "capital-country", "country", "symbol", "young-animal",
        "ability", "can-do", "unknown-place", "unknown-person", "remember", "told-name", "told-color",
    ];

    private static readonly Dictionary<string, Func<string, string, bool>> Checks = new(
    [
        .. ArithmeticChecks.All, .. StoryChecks.All, .. WordChecks.All, .. LetterChecks.All, .. ListChecks.All,
        .. TimeChecks.All, .. LogicChecks.All,
    ]);

    public static TheoryData<string> Single => [.. Checks.Keys];

    public static TheoryData<string> Free => [.. TaskDraws.Families.OfType<TaskFamily>().Where(family => family.AskFreely is not null).Select(family => family.Name)];

    public static TheoryData<string> Several => [.. ConversationChecks.All.Keys];

    [Fact]
    public void Every_family_is_checked_or_a_list_of_facts() =>
        Assert.Equal(
            TaskDraws.FamilyNames.Order(),
            Facts.Concat(Checks.Keys).Concat(ConversationChecks.All.Keys).Order());

    [Theory, MemberData(nameof(Single))]
    public void The_answer_to_a_question_is_right(string name)
    {
        foreach (TaskExample example in TaskDraws.Draw(TaskDraws.Family(name), DrawsPerCell))
            Assert.True(Checks[name](example.Turns[0].Content, example.Answer), $"{example.Turns[0].Content} -> {example.Answer}");
    }

    [Theory, MemberData(nameof(Free))]
    public void The_answer_is_right_where_people_choose_the_operands(string name)
    {
        TaskFamily family = (TaskFamily)TaskDraws.Family(name);
        Random random = new(19);
        for (int level = 1; level <= family.Levels; level++)
            for (int i = 0; i < 5 * DrawsPerCell; i++)
            {
                Problem problem = family.AskFreely!(random, level);
                string question = string.Format(CultureInfo.InvariantCulture, ((ITaskFamily)family).DrawPhrasing(random, PhrasingPool.Seen), problem.Operands);
                Assert.True(Checks[name](question, problem.Answer), $"{question} -> {problem.Answer}");
            }
    }

    [Theory, MemberData(nameof(Single))]
    public void The_answer_to_another_question_is_wrong(string name)
    {
        List<TaskExample> examples = [.. TaskDraws.Draw(TaskDraws.Family(name), perCell: 5)];
        foreach ((TaskExample asked, TaskExample other) in examples.Zip(examples.Skip(1)))
            if (asked.Answer != other.Answer)
                Assert.False(Checks[name](asked.Turns[0].Content, other.Answer), $"{asked.Turns[0].Content} -> {other.Answer}");
    }

    [Theory, MemberData(nameof(Several))]
    public void The_answer_to_a_follow_up_is_right(string name)
    {
        foreach (TaskExample example in TaskDraws.Draw(TaskDraws.Family(name), DrawsPerCell))
            Assert.True(ConversationChecks.All[name](example.Turns), string.Join(" | ", example.Turns));
    }

    [Fact]
    public void Facts_have_one_answer_each()
    {
        foreach (string name in Facts)
        {
            Dictionary<string, string> answers = [];
            foreach (TaskExample example in TaskDraws.Draw(TaskDraws.Family(name), DrawsPerCell))
            {
                string question = TaskDraws.Question(example);
                Assert.Equal(answers.GetValueOrDefault(question, example.Answer), example.Answer);
                answers[question] = example.Answer;
            }
        }
    }
}
