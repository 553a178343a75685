using CascadeLocal.Trainer.Model;
using CascadeLocal.Trainer.Tokenizer;
using CascadeLocal.Trainer.Training;

namespace CascadeLocal.Trainer.Tests;

/// <summary>The quick setting: the tiniest shape on the tiny families.</summary>
internal static class QuickRun
{
    public static BytePairTokenizer Tokenizer { get; } = LearnTokenizer();

    public static TrainingRun Begin(long steps, ulong seed = 1) =>
        TrainingRun.Begin(Settings(steps, seed), Tokenizer, TinyTasks.Factory);

    public static TrainingSettings Settings(long steps, ulong seed = 1) =>
        TrainingSettings.For(ModelShape.Quick, seed, new(steps, Minutes: null));

    public static void Train(TrainingRun run, long steps, List<float>? losses = null)
    {
        using SafePoint safePoint = new();
        for (long i = 0; i < steps; i++)
        {
            float loss = run.Step();
            losses?.Add(loss);
            safePoint.Pass();
        }
    }

    private static BytePairTokenizer LearnTokenizer()
    {
        TinyTasks source = new(seed: 1);
        return TokenizerLearner.Learn(
            Enumerable.Range(0, 1000).SelectMany(_ => source.Next().Turns).Select(t => t.Content));
    }
}
