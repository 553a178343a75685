using CascadeLocal.Trainer.Training;

using Xunit;

namespace CascadeLocal.Trainer.Tests;

public sealed class CheckpointTests : IDisposable
{
    private const int Steps = 60;
    private const int Interrupted = 25;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_run_that_was_interrupted_ends_bit_for_bit_as_one_that_was_not()
    {
        using TrainingRun whole = QuickRun.Begin(Steps);
        QuickRun.Train(whole, Steps);

        string path = _folder.File("run.safetensors");
        using (TrainingRun first = QuickRun.Begin(Steps))
        {
            QuickRun.Train(first, Interrupted);
            CheckpointFile.Write(path, first.Capture());
        }

        using TrainingRun second = TrainingRun.Continue(CheckpointFile.Read(path), TinyTasks.Factory);
        Assert.Equal(Interrupted, second.Steps);
        QuickRun.Train(second, Steps - Interrupted);

        Assert.Equal(whole.Model.CopyWeights(), second.Model.CopyWeights());
        Assert.Equal(whole.Tokens, second.Tokens);
    }

    [Fact]
    public void Another_seed_gives_other_weights()
    {
        using TrainingRun first = QuickRun.Begin(Steps, seed: 1);
        using TrainingRun second = QuickRun.Begin(Steps, seed: 2);
        Assert.NotEqual(first.Model.CopyWeights(), second.Model.CopyWeights());
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_leaves_the_old_one_whole()
    {
        string path = _folder.File("run.safetensors");
        using TrainingRun run = QuickRun.Begin(Steps);
        CheckpointFile.Write(path, run.Capture());
        byte[] before = File.ReadAllBytes(path);
        Directory.CreateDirectory(path + ".new");
        Assert.ThrowsAny<Exception>(() => CheckpointFile.Write(path, run.Capture()));
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(500)]
    [InlineData(5000)]
    public void A_truncated_checkpoint_is_refused_with_its_name(int length)
    {
        string path = _folder.File("run.safetensors");
        using TrainingRun run = QuickRun.Begin(Steps);
        CheckpointFile.Write(path, run.Capture());
        using (FileStream file = File.OpenWrite(path))
            file.SetLength(length);
        FormatException error = Assert.Throws<FormatException>(() => CheckpointFile.Read(path));
        Assert.Contains("run.safetensors", error.Message);
    }

    [Fact]
    public void Checkpoints_lie_in_the_users_cache_unless_a_folder_is_named() =>
        Assert.EndsWith(Path.Combine("checkpoints", "nano.safetensors"), DefaultWithoutVariable());

    public void Dispose() => _folder.Dispose();

    private static string DefaultWithoutVariable()
    {
        const string Variable = "CASCADE_CHECKPOINTS";
        string? before = Environment.GetEnvironmentVariable(Variable);
        Environment.SetEnvironmentVariable(Variable, null);
        try
        {
            return CheckpointFile.DefaultPath("nano");
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, before);
        }
    }
}
