using CascadeLocal.Calibration.Heads;
using CascadeLocal.Routing.Judging;

using Xunit;

namespace CascadeLocal.Calibration.Tests.Judging;

/// <summary>Two real models, cross-validated over 834 questions; plain logistic regressions gave .78 and .81 on others.</summary>
public sealed class RealTierHeadTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(0, 0.76)]
    [InlineData(1, 0.78)]
    public void Token_signals_alone_rank_the_answers_of_real_models(int model, double least)
    {
        RealTierRow[] rows = RealTier.Rows(model);
        FeatureLayout layout = new(SignalSet.Full, 0, 0);
        float[] features = new float[rows.Length * layout.Count];
        for (int i = 0; i < rows.Length; i++)
            layout.Write(rows[i].Show(rows[i].OutputTokens), rows[i].End, 0, [], [], features.AsSpan(i * layout.Count, layout.Count));

        HeadRows table = new(layout, features, [.. rows.Select(r => r.Correct)], [.. Enumerable.Range(0, rows.Length)]);
        TrainedHead trained = HeadTrainer.Train(table, new());
        output.WriteLine($"{trained.Report}");
        foreach ((FeatureGroup without, HeadReport? report) in HeadAblation.Run(table, new()))
            output.WriteLine($"without {without}: {report!.Auroc:0.000}");
        Assert.InRange(trained.Report!.Auroc!.Value, least, 1);
        Assert.InRange(trained.Report.ErrorAfter!.Value, 0, 0.06);
    }
}
