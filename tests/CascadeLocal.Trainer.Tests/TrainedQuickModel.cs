using CascadeLocal.Trainer.Gguf;
using CascadeLocal.Trainer.Training;

using Xunit;

namespace CascadeLocal.Trainer.Tests;

/// <summary>One quick training with its files, shared by the tests that look at the result.</summary>
[CollectionDefinition(Collection)]
public sealed class TrainedQuickModel : ICollectionFixture<TrainedQuickModel>, IDisposable
{
    public const string Collection = "a trained quick model";

    private const int Steps = 700;

    private readonly TemporaryFolder _folder = new();
    private readonly List<float> _losses = [];

    public TrainedQuickModel()
    {
        Run = QuickRun.Begin(Steps);
        QuickRun.Train(Run, Steps, _losses);
        Exact = _folder.File("f32.gguf");
        Quantised = _folder.File("q8_0.gguf");
        ModelExporter.WriteFloat32(Exact, Run.Settings.Shape, Run.Tokenizer, Run.Model.CopyWeights());
        ModelExporter.Quantize(Exact, Quantised);
    }

    internal TrainingRun Run { get; }

    internal IReadOnlyList<float> Losses => _losses;

    internal string Exact { get; }

    internal string Quantised { get; }

    public void Dispose()
    {
        Run.Dispose();
        _folder.Dispose();
    }
}
