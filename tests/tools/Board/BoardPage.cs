using System.Globalization;
using System.Text;

using CascadeLocal.Calibration.Curves;

namespace CascadeLocal.Board;

/// <summary>docs/board.md: what is asked, and what was measured.</summary>
internal static class BoardPage
{
    private static readonly Row[] Rows =
    [
        new("mmlu-llama", "judges", "model-chains, MMLU: AUROC of each member's judge on questions left out, against its bare confidence", "no member below it by more than .005", "above it by .02 in the mean"),
        new("triviaqa-llama", "judges", "model-chains, TriviaQA: the same", "the same", "the same"),
        new("truthfulqa-llama", "judges", "model-chains, TruthfulQA: the same", "the same", "the same"),
        new("mmlu-llama", "kept", "model-chains, MMLU: `--metric cost --keep .99 --guarantee none`, share of the strongest's accuracy and of its cost", "kept not below the plain rule by more than .002, cost not above it by more than .01", "≥ .99 at ≤ .50"),
        new("triviaqa-llama", "kept", "model-chains, TriviaQA: the same", "the same", "≥ .99 at ≤ .31"),
        new("truthfulqa-llama", "kept", "model-chains, TruthfulQA: the same", "kept ≥ .985, or a word that nothing pays", "≥ .99 at ≤ .85"),
        new("routellm-gsm8k", "apgr", "RouteLLM GSM8K through `fit` and `report --curve`", "APGR ≥ .82", "≥ .83"),
        new("routellm-mmlu", "apgr", "RouteLLM MMLU, 1,500 labels, through `fit` and `report --curve`", "APGR ≥ .645", "≥ .655"),
        new("real-tier", "kept", "real-tier: `--keep .99 --guarantee none`, seeds of the fit", "mean kept ≥ .99 at ≤ .75 of TPOT", "worst seed too, and ≤ .9 by tokens"),
        new("llmrouter", "accuracy", "LLMRouter, nine models, 381 test questions (`replay llmrouter`)", "none", "none"),
        new("cre-router", "aime", "CRE-Router, AIME: fit within 20 ms, then the published cascade", "88.4 % at 9.754 ms, as published", "the same"),
        new("cre-router", "teleqna", "CRE-Router, TeleQnA: the same", "74.25 % at 23.647 ms, as published", "the same"),
        new("shipped-tier", "cost", "the shipped tier, new policy", "as published today", "cost ≤ 0.9 × today's at the same promise"),
    ];

    private static readonly string[] Curves = ["mmlu-llama", "triviaqa-llama", "truthfulqa-llama", "real-tier", "routellm-gsm8k", "routellm-mmlu"];

    /// <summary>Writes the page of what has been measured.</summary>
    public static void Write(BoardContext context)
    {
        StringBuilder page = new();
        page.AppendLine("# Board: public label sets").AppendLine()
            .AppendLine("Made by `build/board.sh`; nothing here is written by hand. A row that was not measured says so.").AppendLine()
            .AppendLine("| what | must | goal | measured | |")
            .AppendLine("|---|---|---|---|---|");
        foreach (Row row in Rows)
        {
            Reached? reached = StepResult.Load(context.FileOf(row.Step))?.Rows.GetValueOrDefault(row.Key);
            string verdict = reached?.Meets switch { null or "" => "", "goal" => "goal", "must" => "must", _ => "**missed**" };
            page.AppendLine(CultureInfo.InvariantCulture, $"| {row.What} | {row.Must} | {row.Goal} | {reached?.Text ?? "not run"} | {verdict} |");
        }

        page.AppendLine().AppendLine("""
            The plain rule is the cascade by the bare confidence: path and threshold are the cheapest that keep the share on the 65 % for fitting.
            Cuts and seeds are as many as the row says. Times are not measured here: costs are those of the labels.

            ## Does a cascade beat a query router?

            Often it does not: arXiv 2605.06350 finds a query router alone ahead on four of five sets. `report --curve` says it of any labels. Both
            are cross-fitted; the difference is of APGR on cost, where a cascade pays for every answer that it drops. [] is the 95 % interval by
            drawing questions again. RouteLLM's labels have no costs: there they are stated, .24 of the weak model and 24.7 of the strong one for every
            answer. With more than two models 0 on calls still has all cheaper models, so that lots do not come out at .5.
            """).AppendLine();
        foreach (string set in Curves)
        {
            string? curve = StepResult.Load(context.FileOf($"curve-{set}"))?.Curves.GetValueOrDefault(set);
            page.AppendLine(CultureInfo.InvariantCulture, $"### {set}").AppendLine().AppendLine(curve ?? "Not run.").AppendLine();
            if (curve is not null)
                page.AppendLine(CultureInfo.InvariantCulture, $"![Accuracy against cost on {set}](images/board-{set}.svg)").AppendLine();
        }

        page.AppendLine("""
            ## What early verdicts and drafts change

            These curves charge a dropped answer in full. While serving, an early verdict stops it before its end, and what the stronger member
            would have said itself of it is not decoded again ([drafts.md](drafts.md)). What both save on the shipped tier, in real times, is in
            [default-tier.md](default-tier.md).
            """);
        File.WriteAllText(Path.Combine(context.Docs, "board.md"), page.ToString());
    }

    /// <summary>A curve report as a table.</summary>
    public static string Describe(CurveReport report)
    {
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"{report.Questions:#,0} questions, from {report.Weak} to {report.Strong}; cost is {Unit(report.Metric)}.").AppendLine()
            .AppendLine("| | APGR on calls | APGR on cost | CPT50, CPT80 on cost | against the query router |")
            .AppendLine("|---|---|---|---|---|");
        foreach (CurveScoreReport score in report.Scores)
        {
            CurveAxisReport? cost = score.Cost;
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {score.Name} | {score.Calls.Apgr:0.000} {Ends(score.Calls.ApgrCi95)} | {cost?.Apgr:0.000} {Ends(cost?.ApgrCi95)} | {100 * cost?.Cpt50:0.0} %, {100 * cost?.Cpt80:0.0} % | {cost?.RouterDifference:+0.000;-0.000;0.000} {Ends(cost?.RouterDifferenceCi95)} |");
        }

        text.AppendLine().AppendJoin('\n', report.Notices.Select(notice => $"- {notice}"));
        return text.ToString();
    }

    private static string Unit(string? metric) => metric switch
    {
        "tpot" => "mean TPOT",
        "e2el" => "mean E2EL",
        null => "not known",
        _ => "that of the labels",
    };

    private static string Ends(IReadOnlyList<double>? ends) =>
        ends is null ? "" : string.Create(CultureInfo.InvariantCulture, $"[{ends[0]:0.000}, {ends[1]:0.000}]");

    private sealed record Row(string Step, string Key, string What, string Must, string Goal);
}
