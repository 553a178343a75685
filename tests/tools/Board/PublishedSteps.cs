using System.Globalization;

using CascadeLocal.Calibration.Composition;
using CascadeLocal.Calibration.Curves;
using CascadeLocal.Calibration.Evaluation;
using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Calibration.Queries;
using CascadeLocal.Calibration.Replay;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Embedding;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Board;

/// <summary>RouteLLM, LLMRouter, CRE-Router and real-tier.</summary>
internal static class PublishedSteps
{
    private const int Folds = 5;
    private const int MmluLabels = 1_500;
    private const string Weak = "mixtral-8x7b";
    private const string Strong = "gpt-4";

    // The labels have no costs. Stated as about what a million tokens cost in the paper's time: only the ratio counts, and only on cost.
    private static readonly Dictionary<string, double> RouteLlmCosts = new() { [Weak] = 0.24, [Strong] = 24.7 };

    public static LabelRow[] RouteLlm(BoardContext context, bool gsm8k)
    {
        string folder = Path.Combine(context.Data, "routellm");
        IReadOnlyList<PairQuestion> questions = gsm8k ? RouteLlmFiles.ReadGsm8k(folder) : RouteLlmFiles.ReadMmlu(folder);
        return [.. questions.SelectMany((question, i) => (LabelRow[])
        [
            new() { Id = $"{i}", Prompt = question.Prompt, Model = Weak, Correct = question.WeakRight ? 1 : 0, Output = question.WeakAnswer, CostUsd = RouteLlmCosts[Weak] },
            new() { Id = $"{i}", Prompt = question.Prompt, Model = Strong, Correct = question.StrongRight ? 1 : 0, CostUsd = RouteLlmCosts[Strong] },
        ])];
    }

    /// <summary>The policy that fit writes for four fifths, and its judge's curve on the fifth that is left, five times.</summary>
    public static async Task<StepResult> Gsm8kAsync(BoardContext context)
    {
        BoardLabels labels = await context.EmbedAsync("routellm-gsm8k", RouteLlm(context, gsm8k: true));
        int[] order = SeededOrder.Of(labels.Table.Texts.Count, 0);
        List<double> apgr = [];
        int without = 0;
        for (int fold = 0; fold < Folds; fold++)
        {
            HashSet<int> kept = [.. order.Where((_, place) => place % Folds == fold)];
            (BoardLabels test, BoardLabels train) = labels.Split(kept.Contains);
            CascadeFitOptions options = new()
            {
                StageOne = new() { Routing = new() { Metric = CostMetric.Cost }, Seed = (ulong)fold },
                Guarantee = new(GuaranteeKind.None, ChainSteps.Keep),
            };
            CascadeFit fit = CascadeFit.Of(
                CascadeLabels.All(train.Embedded), options, null, context.CancellationToken);
            double? judged = Curve(test, CascadePolicy.Of(fit, labels.Embedder, train.Set)).Scores.FirstOrDefault(s => s.Kind == "policy_judge")?.Calls.Apgr;
            if (judged is { } own)
                apgr.Add(own);
            else
                without++;
            await Console.Error.WriteLineAsync(judged is null ? $"  part {fold}: the policy judges nothing" : FormattableString.Invariant($"  part {fold}: APGR {judged:0.000}"));
        }

        string text = apgr.Count == 0
            ? "the fitted policies judge nothing"
            : string.Create(CultureInfo.InvariantCulture, $"APGR {apgr.Average():0.000}, mean over {apgr.Count} parts");
        if (without > 0 && apgr.Count > 0)
            text += $"; in {without} of {Folds} parts the policy judges nothing";
        return new() { Rows = { ["apgr"] = Reached.Of(text, without == 0 && apgr.Average() >= 0.82, without == 0 && apgr.Average() >= 0.83) } };
    }

    /// <summary>The policy that fit writes for 1,500 questions without answers, as a router of all others.</summary>
    public static async Task<StepResult> MmluAsync(BoardContext context)
    {
        BoardLabels labels = await context.EmbedAsync("routellm-mmlu", RouteLlm(context, gsm8k: false));
        List<double> apgr = [];
        for (int seed = 0; seed < Folds; seed++)
        {
            HashSet<int> fitted = [.. SeededOrder.Of(labels.Table.Texts.Count, (ulong)seed).Take(MmluLabels)];
            (BoardLabels train, BoardLabels test) = labels.Split(fitted.Contains);
            LabelFitOptions options = new() { Routing = new() { Metric = CostMetric.Cost }, Seed = (ulong)seed };
            LabelFit fit = LabelFit.Of(train.Table, train.Vectors, options, null, context.CancellationToken);
            RecordedRequests requests = RecordedRequests.Of(test.Set, [Weak, Strong], test.Name);
            CurveModels models = CurveModels.Of(requests, CostMetric.Cost, test.Name);
            PolicyCurves curves = new(PolicyFactory.Of(fit, labels.Embedder, train.Set), models, test.Of(requests.Texts), (ulong)seed);
            CurveFigures figures = new(
                [.. requests.All.Select(r => new RequestKey(r.Text, null))], [curves.Router()],
                PointOutcomes.Of(models.N, i => models.Alone(i, models.Weak)), PointOutcomes.Of(models.N, i => models.Alone(i, models.Strong)), 0, 0);
            apgr.Add(RoutingMetrics.OfCalls(figures.Calls(figures.Total, 0)).Apgr);
            await Console.Error.WriteLineAsync(FormattableString.Invariant($"  seed {seed}: APGR {apgr[^1]:0.000}"));
        }

        string text = string.Create(CultureInfo.InvariantCulture, $"APGR {apgr.Average():0.000}, mean over {apgr.Count} seeds ({apgr.Min():0.000} to {apgr.Max():0.000})");
        return new() { Rows = { ["apgr"] = Reached.Of(text, apgr.Average() >= 0.645, apgr.Average() >= 0.655) } };
    }

    public static async Task<StepResult> LlmRouterAsync(BoardContext context)
    {
        using TextEmbedder embedder = TextEmbedder.Load(new());
        VectorCache vectors = new(Path.Combine(context.State, "vectors"), embedder);
        ReplayReport report = await ReplayRunner.RunAsync("llmrouter", context.Data, vectors, cancellationToken: context.CancellationToken);
        PoolReport pool = report.Pool!;
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{100 * pool.Accuracy:0.0} % ± {100 * pool.AccuracyDeviation:0.0} of seeds, [{100 * pool.AccuracyCi95![0]:0.0}, {100 * pool.AccuracyCi95[1]:0.0}] of questions; best single model {100 * report.Strong:0.0} %, lead [{100 * pool.LeadCi95![0]:0.0}, {100 * pool.LeadCi95[1]:0.0}] points");
        return new() { Rows = { ["accuracy"] = new(text, "") } };
    }

    public static Task<StepResult> CreRouterAsync(BoardContext context)
    {
        string folder = Path.Combine(context.Data, "cre-router");
        StepResult result = new();
        foreach ((string set, double accuracy, double tpot) in ((string, double, double)[])[("aime", 88.4, 9.754), ("teleqna", 74.25, 23.647)])
        {
            StageOneFit fit = StageOneFit.Fit(StatisticsFile.Read(Path.Combine(folder, $"{set}_stats.json")).Pool, new() { Budget = 20 });
            CascadeComposition composed = new(CascadeFile.Read(Path.Combine(folder, $"{set}_cascade_test.json")));
            string text = string.Create(
                CultureInfo.InvariantCulture,
                $"λ* {fit.Chosen.Name:0.##}, {100 * fit.Chosen.Plan.Accuracy:0.0} % at {fit.Chosen.Plan.Cost:0.0} ms; with Stage 2 {100 * composed.System.Accuracy:0.00} % at {composed.System.TpotMs:0.000} ms");
            bool same = Math.Abs(100 * composed.System.Accuracy - accuracy) < 0.05 && Math.Abs(composed.System.TpotMs!.Value - tpot) < 0.0015;
            result.Rows[set] = Reached.Of(text, same, same);
        }

        return Task.FromResult(result);
    }

    /// <summary>One fixed fifth judges; only the fit's seed changes.</summary>
    public static async Task<StepResult> RealTierAsync(BoardContext context)
    {
        BoardLabels labels = await RealTierLabelsAsync(context);
        HashSet<int> kept = [.. SeededOrder.Of(labels.Table.Texts.Count, 0).Take(labels.Table.Texts.Count / Folds)];
        (BoardLabels test, BoardLabels train) = labels.Split(kept.Contains);
        List<PolicyReport> cascades = [];
        for (int seed = 0; seed < context.Seeds; seed++)
        {
            CascadeFitOptions options = new()
            {
                StageOne = new() { Seed = (ulong)seed },
                Guarantee = new(GuaranteeKind.None, ChainSteps.Keep),
            };
            CascadeFit fit = CascadeFit.Of(
                CascadeLabels.All(train.Embedded), options, null, context.CancellationToken);
            Policy policy = CascadePolicy.Of(fit, labels.Embedder, train.Set);
            RecordedRequests requests = RecordedRequests.Of(test.Set, [.. policy.Members.Select(m => m.Name)], test.Name);
            EvaluationReport report = EvaluationReport.Of(policy, requests, test.Of(requests.Texts), new() { Draws = 1 }, context.CancellationToken);
            cascades.Add(report.Policies.Single(p => p.Kind == "cascade"));
            await Console.Error.WriteLineAsync(FormattableString.Invariant($"  seed {seed}: kept {cascades[^1].Retained:0.000} at {cascades[^1].TpotRatio:0.000}"));
        }

        double mean = cascades.Average(c => c.Retained!.Value);
        double worst = cascades.Min(c => c.Retained!.Value);
        double tpot = cascades.Average(c => c.TpotRatio!.Value);
        double tokens = cascades.Average(c => c.TpotTokenWeightedRatio!.Value);
        double deviation = Math.Sqrt(cascades.Average(c => (c.Retained!.Value - mean) * (c.Retained.Value - mean)));
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"kept {mean:0.000} ± {deviation:0.000}, worst {worst:0.000}, at {tpot:0.000} of TPOT and {tokens:0.000} by tokens ({cascades.Count} seeds, a fixed fifth of the train questions)");
        return new() { Rows = { ["kept"] = Reached.Of(text, mean >= 0.99 && tpot <= 0.75, mean >= 0.99 && worst >= 0.99 && tpot <= 0.75 && tokens <= 0.9) } };
    }

    public static Task<BoardLabels> RealTierLabelsAsync(BoardContext context)
    {
        string folder = Path.Combine(context.Data, "real-tier");
        LabelOptions reading = new() { Queries = Path.Combine(folder, "questions.jsonl.gz"), WithSignals = true };
        return context.EmbedAsync("real-tier", [.. LabelSet.Read(Path.Combine(folder, "labels.jsonl.gz"), reading).Rows]);
    }

    public static CurveReport Curve(BoardLabels labels, Policy? policy, CostMetric? metric = CostMetric.Cost)
    {
        string[] members = policy is null ? [.. labels.Table.Models] : [.. policy.Members.Select(m => m.Name)];
        RecordedRequests requests = RecordedRequests.Of(labels.Set, members, labels.Name);
        return CurveReport.Of(requests, labels.Of(requests.Texts), policy, new() { Metric = metric, Draws = policy is null ? 1_000 : 0 }, labels.Name);
    }
}
