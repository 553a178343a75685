using CascadeLocal.Calibration.Curves;
using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Tests.Curves;

/// <summary>
/// Questions of two kinds, easy and hard to tell by their vectors, answered by models that each cost ten times the one before and are
/// right more often. A confidence says how likely an answer is right.
/// </summary>
internal static class Chains
{
    public static LabelRow[] Rows(int count, int models, Func<LabelRow, LabelRow>? change = null)
    {
        Random random = new(7);
        List<LabelRow> rows = [];
        for (int i = 0; i < count; i++)
        {
            for (int m = 0; m < models; m++)
            {
                // What a model has wrong the next one has right six times in ten: most is to gain where least is right.
                double easiness = (i % 2 == 0 ? 0.7 : 0.3) + 0.5 * (random.NextDouble() - 0.5);
                double chance = 1 - (1 - easiness) * Math.Pow(0.4, m);
                LabelRow row = new()
                {
                    Id = $"q{i:0000}",
                    Prompt = $"prompt {i}",
                    Model = $"m{m}",
                    Correct = random.NextDouble() < chance ? 1 : 0,
                    Confidence = (float)Math.Log(chance),
                    CostUsd = Math.Pow(10, m),
                    PromptTokens = 100,
                    OutputTokens = 10,
                };
                rows.Add(change?.Invoke(row) ?? row);
            }
        }

        return [.. rows];
    }

    public static RecordedRequests Requests(LabelRow[] rows) =>
        RecordedRequests.Of(new LabelSet(rows, null, []), [.. rows.Select(row => row.Model).Distinct()], "labels.jsonl");

    public static PointSet Vectors(int count) => PointSet.Of([.. Enumerable.Range(0, count).Select(i =>
        (float[])(i % 2 == 0 ? [1, 0.001f * i] : [-1, 0.001f * i]))]);

    public static CurveReport Report(LabelRow[] rows, CostMetric? metric = CostMetric.Cost, int draws = 100)
    {
        RecordedRequests requests = Requests(rows);
        return CurveReport.Of(requests, Vectors(requests.Texts.Count), null, new() { Metric = metric, Draws = draws }, "labels.jsonl");
    }

    public static CurveScoreReport Of(this CurveReport report, string kind) => report.Scores.Single(score => score.Kind == kind);
}
