using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Tests.Evaluation;

/// <summary>
/// Two hundred questions of two kinds. The small member (5 ms a token) is right where a question is easy, and its tokens are the
/// less likely the harder it is; the large one (20 ms) is right nine times in ten.
/// </summary>
internal static class World
{
    public const int Count = 200;
    public const int Checkpoint = 8;

    private static readonly FeatureLayout Layout = new(SignalSet.Full, 2, 0);

    public static LabelRow[] Rows { get; } = [.. Enumerable.Range(0, Count).SelectMany(i => (LabelRow[])[Small(i), Large(i)])];

    public static PointSet Vectors { get; } = new([.. Enumerable.Range(0, Count).SelectMany(i => (float[])(i % 2 == 0 ? [1, 0] : [0, 1]))], 2);

    public static RecordedRequests Requests { get; } = Of(Rows);

    /// <summary>The rows as the joint fit has them.</summary>
    public static JudgedQuestions Questions { get; } = new(["small", "large"], 2, [.. Enumerable.Range(0, Count).Select(i =>
        new JudgedQuestion(i, i % 2, false, [.. Enumerable.Range(0, 2).Select(m => Judged(Rows[2 * i + m]))]))]);

    public static MemberJudge Judge => field ??= JudgeTrainer.Train(Questions, Features, 0, 1, new() { MaximumSteps = 200 }).Judge!;

    /// <summary>How the judge itself judges every answer of the small member.</summary>
    public static GateScores Scores => field ??= new([Checkpoint], [.. Enumerable.Range(0, Count).Select(i => new[]
    {
        Features.Of(i, 0) is { } running ? Judge.Gain(0, running) : double.NaN,
        Judge.Gain(1, Features.Of(i, 1)!),
    })]);

    private static AnswerFeatures Features => field ??= new(Layout, [Checkpoint], [.. Enumerable.Range(0, Count).Select(FeaturesOf)]);

    public static RecordedRequests Of(params LabelRow[] rows) => RecordedRequests.Of(new LabelSet(rows, null, []), ["small", "large"], "labels.jsonl");

    /// <summary>A policy that starts with the small member everywhere.</summary>
    public static Policy Cascade(double threshold, EarlyRule? rule = null) => new()
    {
        Embedder = new("tiny", "0123", 2),
        Members = [new("small", null), new("large", null)],
        Centroids = new(new PointSet([1, 0, 0, 1], 2)),
        Statistics = new(
            [new("even", 100), new("odd", 100)],
            [
                new() { Name = "small", Errors = [0.4, 0.4], Tpot = new(5, []) },
                new() { Name = "large", Errors = [0.1, 0.1], Tpot = new(20, []) },
            ]),
        Options = new() { Metric = CostMetric.Tpot },
        Assignment = [0, 1],
        DefaultMember = 1,
        Escalation = new()
        {
            Actions = [new CascadeAction([0, 1], [threshold]), new CascadeAction([0, 1], [threshold])],
            EarlyRules = [rule ?? EarlyRule.None, EarlyRule.None],
            Judges = [Judge, null],
            Target = 1,
            AcceptedShares = [null, null],
        },
    };

    private static LabelRow Small(int i)
    {
        double hardness = i * 37 % Count / (double)Count;
        int tokens = 5 + i % 20;
        return Row(i, "small", hardness + i % 7 * 0.03 < 0.6, tokens, 5) with
        {
            TokenLogprobs = [.. Enumerable.Range(0, tokens).Select(t => (float)-hardness - 0.01f * t)],
            TokenEntropies = [.. Enumerable.Range(0, tokens).Select(_ => (float)hardness / 2)],
            TokenMargins = [.. Enumerable.Range(0, tokens).Select(_ => 2 - (float)hardness)],
        };
    }

    private static LabelRow Large(int i) => Row(i, "large", i % 10 != 9, 8 + i % 13, 20);

    private static LabelRow Row(int i, string model, bool right, int tokens, double tpot) => new()
    {
        Id = $"q{i:000}",
        Prompt = $"prompt {i}",
        Model = model,
        Correct = right ? 1 : 0,
        Task = i % 2 == 0 ? "even" : "odd",
        Output = string.Join(' ', Enumerable.Repeat($"word{i}", tokens)),
        FinishReason = "stop",
        OutputTokens = tokens,
        TtftMs = 2 * tpot,
        TpotMs = tpot,
        E2elMs = 2 * tpot + tpot * (tokens - 1),
    };

    private static JudgedAnswer Judged(LabelRow row) =>
        new(row.Correct, row.OutputTokens!.Value, row.TtftMs!.Value, row.TpotMs!.Value, row.E2elMs!.Value);

    private static float[]?[] FeaturesOf(int i)
    {
        LabelRow row = Rows[2 * i];
        AnswerReader reader = new(Layout, row.Prompt, i % 2, ReadOnlyMemory<float>.Empty);
        float[]? running = null;
        int tokens = row.OutputTokens!.Value;
        for (int t = 0; t < tokens; t++)
        {
            string soFar = row.Output![..(row.Output!.Length * (t + 1) / tokens)];
            reader.Add(row.TokenLogprobs![t], row.TokenEntropies![t], row.TokenMargins![t], soFar);
            if (t + 1 == Checkpoint)
                running = reader.Features(AnswerEnd.Running, soFar);
        }

        return [running, reader.Features(AnswerEnd.Stop, row.Output)];
    }
}
