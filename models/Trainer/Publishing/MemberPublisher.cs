using CascadeLocal.Trainer.Evaluation;
using CascadeLocal.Trainer.Gguf;
using CascadeLocal.Trainer.Tasks;
using CascadeLocal.Trainer.Training;

namespace CascadeLocal.Trainer.Publishing;

/// <summary>Turns a trained run into a member of a tier: export, quantise, measure through llama.cpp, add.</summary>
internal static class MemberPublisher
{
    /// <summary>Publishes a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="folder">The tier.</param>
    /// <param name="questions">The held-out questions that measure the quantised file.</param>
    /// <param name="force">Replace an older member of that name.</param>
    /// <param name="stop">Gives up; nothing is added then.</param>
    public static MemberRecord Publish(
        TrainingRun run, TierFolder folder, IReadOnlyList<TaskExample> questions, bool force, CancellationToken stop)
    {
        string member = run.Settings.Shape.Name;
        DirectoryInfo workplace = Directory.CreateTempSubdirectory("cascade-trainer-");
        try
        {
            string exact = Path.Combine(workplace.FullName, "f32.gguf");
            string quantised = Path.Combine(workplace.FullName, "q8_0.gguf");
            ModelExporter.WriteFloat32(exact, run.Settings.Shape, run.Tokenizer, run.Model.CopyWeights());
            ModelExporter.Quantize(exact, quantised);
            bool[] isRight = GgufJudge.Judge(quantised, questions, threads: 1, Console.Error, stop);
            MemberRecord record = Describe(run, new FileInfo(quantised).Length, ScoreSheet.Count(questions, isRight));
            folder.Add(record, quantised, run.Tokenizer, force);
            return record;
        }
        finally
        {
            workplace.Delete(recursive: true);
        }

        MemberRecord Describe(TrainingRun run, long bytes, IReadOnlyList<LevelScore> scores) => new()
        {
            Member = member,
            Parameters = run.Model.Layout.Length,
            Width = run.Settings.Shape.Width,
            Layers = run.Settings.Shape.Layers,
            FeedForward = run.Settings.Shape.FeedForward,
            FileBytes = bytes,
            Seed = run.Settings.Seed,
            Commit = run.Commit,
            StartedFrom = run.StartedFrom,
            PeakRate = run.Settings.PeakRate,
            Minutes = run.Time.TotalMinutes,
            Steps = run.Steps,
            Tokens = run.Tokens,
            Scores = scores,
        };
    }
}
