using CascadeLocal.Trainer.Evaluation;
using CascadeLocal.Trainer.Tasks;
using CascadeLocal.Trainer.Training;

using Xunit;

namespace CascadeLocal.Trainer.Tests;

[Collection(TrainedQuickModel.Collection)]
public sealed class LearningTests(TrainedQuickModel trained)
{
    private static readonly IReadOnlyList<TaskExample> Questions =
        [.. TinyTasks.HeldOut(300).Where(q => q.Family == "spell")];

    [Fact]
    public void Held_out_questions_are_answered_after_training_and_not_before()
    {
        using TrainingRun untrained = QuickRun.Begin(steps: 1);
        double before = Accuracy(untrained), after = Accuracy(trained.Run);
        Assert.True(before < 0.1, $"untrained: {before:P0} right");
        Assert.True(after > 0.8, $"trained: {after:P0} right");
    }

    [Fact]
    public void The_loss_falls() =>
        Assert.True(trained.Losses.TakeLast(20).Average() < trained.Losses.Take(20).Average() / 4);

    [Fact]
    public void The_quantised_file_answers_through_llama_cpp_what_the_model_answers_teacher_forced()
    {
        using SafePoint safePoint = new();
        bool[] here = TeacherForcedJudge.Judge(trained.Run.Model, trained.Run.Tokenizer, Questions, safePoint);
        bool[] there = JudgeFile(threads: 1);
        int differing = here.Zip(there).Count(pair => pair.First != pair.Second);
        Assert.True(differing <= Questions.Count / 50, $"{differing} of {Questions.Count} differ");
        Assert.True(there.Count(right => right) > 0.8 * there.Length);
    }

    [Fact]
    public void Questions_that_are_answered_at_once_are_answered_as_alone() =>
        Assert.Equal(JudgeFile(threads: 1), JudgeFile(threads: 3));

    [Fact]
    public void Nothing_is_collected_between_safe_points()
    {
        using TrainingRun run = QuickRun.Begin(steps: 100);
        using SafePoint safePoint = new();
        int before = GC.CollectionCount(0);
        for (int i = 0; i < 10; i++)
            run.Step();
        Assert.Equal(before, GC.CollectionCount(0));
    }

    private bool[] JudgeFile(int threads) => GgufJudge.Judge(
        trained.Quantised, Questions, threads, TextWriter.Null, TestContext.Current.CancellationToken);

    private static double Accuracy(TrainingRun run)
    {
        using SafePoint safePoint = new();
        bool[] isRight = TeacherForcedJudge.Judge(run.Model, run.Tokenizer, Questions, safePoint);
        return isRight.Count(right => right) / (double)isRight.Length;
    }
}
