using System.Globalization;
using System.Security.Cryptography;

using CascadeLocal.Trainer.Evaluation;
using CascadeLocal.Trainer.Gguf;
using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Publishing;
using CascadeLocal.Trainer.Tasks;
using CascadeLocal.Trainer.Tokenizer;
using CascadeLocal.Trainer.Training;

namespace CascadeLocal.Trainer.Commands;

/// <summary>One call of <c>train</c>: begin or continue a run, train it, publish it.</summary>
internal sealed class TrainJob
{
    private const int PerFamilyWhileTraining = 24;

    private static readonly TrainingBudget DefaultBudget = new(Steps: null, Minutes: 10);

    public required ModelShape Shape { get; init; }

    public required TrainingBudget? Budget { get; init; }

    public required ulong Seed { get; init; }

    public required string? From { get; init; }

    public required double? PeakRate { get; init; }

    public required bool Resume { get; init; }

    public required TierFolder Folder { get; init; }

    public required bool Force { get; init; }

    public required TimeSpan EvaluationInterval { get; init; }

    public required int PerFamily { get; init; }

    public required int Threads { get; init; }

    /// <summary>Does it.</summary>
    /// <returns>The exit code: 0 also if a signal stopped it with its checkpoint written.</returns>
    public int Run()
    {
        TorchThreads.Use(Threads);
        using StopSignals signals = new();
        Folder.CheckMayWrite(Shape.Name, Force);
        string checkpoint = CheckpointFile.DefaultPath(Shape.Name);
        if (!Resume && !Force && File.Exists(checkpoint))
            throw new IOException($"{checkpoint} exists; --resume continues it, --force starts over");

        using TrainingRun run = Resume ? Continue(checkpoint) : Begin();
        Folder.CheckTokenizer(run.Tokenizer);
        TrainingLoop loop = new(
            checkpoint, QuestionsWhileTraining(), EvaluationInterval, new(Console.Error));
        if (!loop.Train(run, signals.Token))
        {
            Console.Error.WriteLine($"stopped at step {run.Steps}; --resume continues from {checkpoint}");
            return 0;
        }

        Console.Error.WriteLine("measuring the quantised file through llama.cpp");
        MemberRecord record = MemberPublisher.Publish(run, Folder, Questions(PerFamily), Force, signals.Token);
        File.Delete(checkpoint);
        ScoreTable.Write([(record.Member, record.Scores)]);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Folder.ModelPath(record.Member)}: {record.FileBytes:N0} bytes, {record.Minutes:F1} minutes, {record.Tokens:N0} tokens"));
        return 0;
    }

    private TrainingRun Begin()
    {
        TrainingSettings settings = TrainingSettings.For(Shape, Seed, Budget ?? DefaultBudget);
        settings = settings with { PeakRate = PeakRate ?? settings.PeakRate };
        TaskSourceFactory sources = CatalogueTasks.For(Shape);
        if (From is null)
            return TrainingRun.Begin(settings, Folder.ReadTokenizer() ?? LearnTokenizer(), sources);
        (BytePairTokenizer tokenizer, float[] weights) = WarmStart.Read(From, Shape, Folder.ReadTokenizer() ?? LearnTokenizer());
        string digest = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(From)))[..12];
        return TrainingRun.Begin(settings, tokenizer, weights, $"{Path.GetFileName(From)} {digest}", sources);
    }

    private TrainingRun Continue(string path)
    {
        Checkpoint checkpoint = CheckpointFile.Read(path);
        TrainingSettings settings = checkpoint.State.Settings;
        if (settings.Shape != Shape)
            throw new FormatException($"{path} holds a run of another shape than {Shape.Name}");
        TrainingState state = checkpoint.State with { Settings = settings with { Budget = Budget ?? settings.Budget } };
        return TrainingRun.Continue(checkpoint with { State = state }, CatalogueTasks.For(Shape));
    }

    private static BytePairTokenizer LearnTokenizer() => TokenizerLearner.Learn(TokenizerTexts.All());

    // Of every kind that is trained; never those of test D, which choose nothing.
    private static IReadOnlyList<TaskExample> QuestionsWhileTraining() =>
        [.. HeldOutQuestions.Of("A", PerFamilyWhileTraining), .. HeldOutQuestions.Written(PerFamilyWhileTraining)];

    private static IReadOnlyList<TaskExample> Questions(int perFamily) =>
        HeldOutQuestions.Of("A", perFamily);
}
