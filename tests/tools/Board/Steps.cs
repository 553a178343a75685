using CascadeLocal.Calibration.Curves;
using CascadeLocal.Calibration.Plots;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Board;

/// <summary>What can be measured, by name.</summary>
internal static class Steps
{
    public static IReadOnlyDictionary<string, Func<BoardContext, Task<StepResult>>> All { get; } = new Dictionary<string, Func<BoardContext, Task<StepResult>>>
    {
        ["mmlu-llama"] = context => ChainSteps.RunAsync(context, "mmlu-llama-test", 0.99, 0.5),
        ["triviaqa-llama"] = context => ChainSteps.RunAsync(context, "triviaqa-llama-test", 0.99, 0.31),
        ["truthfulqa-llama"] = context => ChainSteps.RunAsync(context, "truthfulqa-llama-test", null, null),
        ["routellm-gsm8k"] = PublishedSteps.Gsm8kAsync,
        ["routellm-mmlu"] = PublishedSteps.MmluAsync,
        ["llmrouter"] = PublishedSteps.LlmRouterAsync,
        ["cre-router"] = PublishedSteps.CreRouterAsync,
        ["real-tier"] = PublishedSteps.RealTierAsync,
        ["curve-mmlu-llama"] = context => CurveAsync(context, "mmlu-llama", () => ChainSteps.ReadAsync(context, "mmlu-llama-test")),
        ["curve-triviaqa-llama"] = context => CurveAsync(context, "triviaqa-llama", () => ChainSteps.ReadAsync(context, "triviaqa-llama-test")),
        ["curve-truthfulqa-llama"] = context => CurveAsync(context, "truthfulqa-llama", () => ChainSteps.ReadAsync(context, "truthfulqa-llama-test")),
        ["curve-real-tier"] = context => CurveAsync(context, "real-tier", () => PublishedSteps.RealTierLabelsAsync(context), CostMetric.Tpot),
        ["curve-routellm-gsm8k"] = context => CurveAsync(
            context, "routellm-gsm8k", () => context.EmbedAsync("routellm-gsm8k", PublishedSteps.RouteLlm(context, gsm8k: true))),
        ["curve-routellm-mmlu"] = context => CurveAsync(
            context, "routellm-mmlu", () => context.EmbedAsync("routellm-mmlu", PublishedSteps.RouteLlm(context, gsm8k: false))),
    };

    private static async Task<StepResult> CurveAsync(
        BoardContext context, string set, Func<Task<BoardLabels>> labels, CostMetric metric = CostMetric.Cost)
    {
        CurveReport report = PublishedSteps.Curve(await labels(), null, metric);
        CurvePlot.Save(report, context.ImageOf(set));
        return new() { Curves = { [set] = BoardPage.Describe(report) } };
    }
}
