using CascadeLocal.Cascade.Decisions;
using CascadeLocal.Server.Tests.Testing;

using Xunit;

namespace CascadeLocal.Server.Tests.Decisions;

public sealed class RecentAnswersTests
{
    [Fact]
    public void The_last_answers_are_known_with_their_cluster_and_member()
    {
        RecentAnswers answers = new(capacity: 2);
        answers.OnCompleted(Outcomes.Accepted("a"));
        answers.OnCompleted(Outcomes.Escalated("b"));
        Assert.False(answers.HasForgotten);

        answers.OnCompleted(Outcomes.Accepted("c"));

        Assert.True(answers.HasForgotten);
        Assert.Null(answers.Find("a"));
        Assert.Equal(new AnswerOrigin("3", "small"), answers.Find("b"));
        Assert.Equal(new AnswerOrigin("3", "nano"), answers.Find("c"));
    }

    [Fact]
    public void What_was_not_delivered_is_no_answer()
    {
        RecentAnswers answers = new();

        answers.OnCompleted(Outcomes.Failed("a"));

        Assert.Null(answers.Find("a"));
    }
}
