using System.Diagnostics;
using System.Globalization;

using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

using Xunit;

namespace CascadeLocal.Calibration.Tests.StageTwo;

/// <summary>Fits of many labels: how long they take, and how much memory. Vectors are given, as where they are in the cache.</summary>
public sealed class ScaleRunTests(ITestOutputHelper output)
{
    private const int Topics = 40;
    private const int Dimensions = 384;
    private const int Tokens = 24;

    [Fact(Explicit = true, Timeout = 3_600_000)]
    public void Twenty_thousand_questions_to_five_models() => Fit(20_000, 5, TestContext.Current.CancellationToken);

    [Fact(Explicit = true, Timeout = 3_600_000)]
    public void A_hundred_thousand_questions_to_three_models() => Fit(100_000, 3, TestContext.Current.CancellationToken);

    private void Fit(int questions, int models, CancellationToken cancellationToken)
    {
        EmbeddedTable labels = Labels(questions, models);
        long started = Stopwatch.GetTimestamp();
        TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;

        CascadeFit fit = CascadeFit.Of(
            CascadeLabels.Split(labels, 0.4, 0),
            new() { Guarantee = new(GuaranteeKind.Confidence, 0.98) },
            new Progress<double>(done => output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(started).TotalSeconds,6:0} s  {done:0%}"))),
            cancellationToken);

        using Process here = Process.GetCurrentProcess();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{questions} questions, {models} models: {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s, {(here.TotalProcessorTime - processor).TotalSeconds:0} s of processors, "
            + $"at most {here.PeakWorkingSet64 >> 20} MiB; TPOT {fit.Result.Expected!.Tpot / models:0.000} of the strongest, certified: {fit.Result.Certification!.Certified}"));
        Assert.True(fit.Result.Certification.Certified);
    }

    // Topics of their own place and hardness; model m takes m + 1 ms a token and is right where its skill is above the hardness, which its tokens show dimly.
    private static EmbeddedTable Labels(int questions, int models)
    {
        SeededGenerator random = new(7);
        float[][] centers = [.. Enumerable.Range(0, Topics).Select(_ => Enumerable.Range(0, Dimensions).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray())];
        List<LabelRow> rows = new(questions * models);
        Dictionary<string, float[]> points = [];
        for (int i = 0; i < questions; i++)
        {
            int topic = i % Topics;
            double hardness = 0.5 * topic / Topics + 0.5 * random.NextDouble();
            string prompt = $"Question {i} of topic {topic}?";
            points[prompt] = [.. centers[topic].Select(value => value + (float)(0.3 * (random.NextDouble() - 0.5)))];
            for (int m = 0; m < models; m++)
            {
                bool isRight = random.NextDouble() < 1 / (1 + Math.Exp(12 * (hardness - 0.55 - 0.45 * m / (models - 1))));
                float surprise = (float)(0.1 + 0.6 * hardness + 0.3 * random.NextDouble() + (isRight ? 0 : 0.2));
                rows.Add(new()
                {
                    Id = $"q{i:000000}", Prompt = prompt, Model = $"m{m}", Correct = isRight ? 1 : 0,
                    Output = isRight ? $"It is {i}." : $"It is {i + random.NextIndex(20) + 1}.", FinishReason = "stop",
                    OutputTokens = Tokens, TtftMs = 5, TpotMs = m + 1, E2elMs = 5 + (m + 1) * (Tokens - 1),
                    TokenLogprobs = [.. Enumerable.Repeat(-surprise, Tokens)], TokenEntropies = [.. Enumerable.Repeat(surprise, Tokens)],
                    TokenMargins = [.. Enumerable.Repeat(2 - surprise, Tokens)],
                });
            }
        }

        QuestionTable table = QuestionTable.Of(new LabelSet([.. rows], null, []), "labels");
        return new(table, PointSet.Of([.. table.Texts.Select(text => points[text])]));
    }
}
