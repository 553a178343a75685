using CascadeLocal.Trainer.Evaluation;
using CascadeLocal.Trainer.Tasks;
using CascadeLocal.Trainer.Training;

using Xunit;

namespace CascadeLocal.Trainer.Tests;

public sealed class LearningTests
{
    [Fact]
    public void The_quick_setting_learns_to_answer_unseen_questions()
    {
        const int Steps = 400;
        IReadOnlyList<TaskExample> questions = [.. TinyTasks.HeldOut(400).Where(q => q.Family == "spell")];
        using TrainingRun run = QuickRun.Begin(Steps);
        double before = Accuracy(run, questions);
        List<float> losses = [];
        QuickRun.Train(run, Steps, losses);
        double after = Accuracy(run, questions);

        Assert.True(losses[^20..].Average() < losses[..20].Average() / 4, $"loss {losses[0]} to {losses[^1]}");
        Assert.True(before < 0.1, $"untrained: {before:P0} right");
        Assert.True(after > 0.8, $"trained: {after:P0} right");
    }

    private static double Accuracy(TrainingRun run, IReadOnlyList<TaskExample> questions)
    {
        using SafePoint safePoint = new();
        bool[] isRight = TeacherForcedJudge.Judge(run.Model, run.Tokenizer, questions, safePoint);
        return isRight.Count(r => r) / (double)isRight.Length;
    }
}
