using System.Diagnostics;

using CascadeLocal.Trainer.Evaluation;
using CascadeLocal.Trainer.Tasks;

namespace CascadeLocal.Trainer.Training;

/// <summary>Steps a run until its budget is spent or it is asked to stop, keeping checkpoints and measuring as it goes.</summary>
/// <param name="checkpointPath">Where the run is kept.</param>
/// <param name="questions">The held-out questions that measure it.</param>
/// <param name="evaluationInterval">Training time between two measurements.</param>
/// <param name="reporter">Who tells how it goes.</param>
internal sealed class TrainingLoop(
    string checkpointPath, IReadOnlyList<TaskExample> questions, TimeSpan evaluationInterval, ProgressReporter reporter)
{
    private static readonly TimeSpan CheckpointInterval = TimeSpan.FromMinutes(3);

    /// <summary>Trains.</summary>
    /// <returns>Whether the budget was spent; false if it was asked to stop.</returns>
    public bool Train(TrainingRun run, CancellationToken stop)
    {
        using SafePoint safePoint = new();
        Stopwatch sinceCheckpoint = Stopwatch.StartNew();
        TimeSpan nextEvaluation = run.Time + evaluationInterval;
        reporter.Begin(run);
        while (run.Spent < 1 && !stop.IsCancellationRequested)
        {
            float loss = run.Step();
            reporter.Step(run, loss);
            safePoint.Pass();
            if (sinceCheckpoint.Elapsed >= CheckpointInterval)
            {
                CheckpointFile.Write(checkpointPath, run.Capture());
                sinceCheckpoint.Restart();
            }

            if (run.Time >= nextEvaluation && run.Spent < 1)
            {
                Evaluate(run, safePoint);
                nextEvaluation = run.Time + evaluationInterval;
            }
        }

        CheckpointFile.Write(checkpointPath, run.Capture());
        if (stop.IsCancellationRequested)
            return false;
        Evaluate(run, safePoint);
        return true;
    }

    private void Evaluate(TrainingRun run, SafePoint safePoint)
    {
        bool[] isRight = TeacherForcedJudge.Judge(run.Model, run.Tokenizer, questions, safePoint);
        reporter.Evaluation(run, ScoreSheet.Count(questions, isRight));
    }
}
