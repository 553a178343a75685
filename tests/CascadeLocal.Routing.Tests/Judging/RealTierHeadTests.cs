using CascadeLocal.Routing.Judging.Heads;
using CascadeLocal.Routing.Judging.Signals;

using Xunit;

namespace CascadeLocal.Routing.Tests.Judging;

/// <summary>Floors of plain logistic regressions on the same signals, judged on the questions kept back: .78 and .81.</summary>
public sealed class RealTierHeadTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(0, 0.77)]
    [InlineData(1, 0.79)]
    public void Token_signals_alone_rank_the_answers_of_real_models(int model, double least)
    {
        RealTierRow[] rows = RealTier.Rows(model);
        FeatureLayout layout = new(true, 0, 0, []);
        AnswerSignals signals = new();
        float[] features = new float[rows.Length * layout.Count];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i].Show(rows[i].OutputTokens, signals);
            layout.Write(signals, rows[i].End, 0, [], [], features.AsSpan(i * layout.Count, layout.Count));
        }

        HeadRows table = new(layout, features, [.. rows.Select(r => r.Correct)], [.. Enumerable.Range(0, rows.Length)]);
        foreach (HeadOptions options in new HeadOptions[] { new(), new() { Hidden = 0 }, new() { Hidden = 16 }, new() { Ridge = 0.01 }, new() { Ridge = 0.03 }, new() { Ridge = 0.03, Hidden = 0 } ,new() { Ridge = 0.001, Hidden = 0 }, new() {LearningRate = 0.01}})
        {
            System.Diagnostics.Stopwatch w = System.Diagnostics.Stopwatch.StartNew();
            TrainedHead t = HeadTrainer.Train(table, options);
            output.WriteLine($"{options} {t.Report} steps {t.Steps} {w.ElapsedMilliseconds} ms");
        }

        HeadReport report = HeadTrainer.Train(table, new()).Report!;
        Assert.InRange(report.Auroc!.Value, least, 1);
    }
}
