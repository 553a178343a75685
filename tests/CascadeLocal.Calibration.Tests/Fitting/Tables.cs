using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Tests.Fitting;

/// <summary>Labels and tables for tests.</summary>
internal static class Tables
{
    public static LabelRow Row(string id, string model, double correct, string? prompt = null, int run = 0, double? tpot = 10) => new()
    {
        Id = id,
        Prompt = prompt ?? id,
        Model = model,
        Correct = correct,
        Run = run,
        TpotMs = tpot,
        E2elMs = 100,
        OutputTokens = 20,
    };

    public static QuestionTable Of(params LabelRow[] rows) => QuestionTable.Of(new LabelSet(rows, null, []), "labels.jsonl");

    /// <summary>
    /// Questions of two kinds, which lie in two groups of the plane; their ids are in the order of the points. Model A costs 10 ms and knows the first kind, B costs
    /// 20 ms and knows the second; each is right on a fifth of the other.
    /// </summary>
    public static (QuestionTable Table, PointSet Texts) TwoKinds(int questions)
    {
        List<LabelRow> rows = [];
        float[] points = new float[2 * questions];
        for (int i = 0; i < questions; i++)
        {
            bool first = i % 2 == 0;
            bool other = i % 10 < 2;
            rows.Add(Row($"q{i:000}", "A", first || other ? 1 : 0, tpot: 10));
            rows.Add(Row($"q{i:000}", "B", !first || other ? 1 : 0, tpot: 20));
            points[2 * i] = first ? 1 : -1;
            points[2 * i + 1] = i * 0.001f;
        }

        return (Of([.. rows]), new PointSet(points, 2));
    }
}
