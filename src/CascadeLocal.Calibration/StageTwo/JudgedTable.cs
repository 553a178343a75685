using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.Labels;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>Labels as questions that are judged, run by run: those for fitting, then those for certifying.</summary>
public sealed class JudgedTable
{
    // Where a file says no length: about what tokenizers make of English.
    private const int CharactersPerToken = 4;

    // What an answer of unknown length has at least: one gap, so that a time per token counts.
    private const int FewestEstimated = 2;

    private JudgedTable(JudgedQuestions questions, IReadOnlyList<IReadOnlyList<LabelRow>> rows, IReadOnlyList<int> points, PointSet vectors) =>
        (Questions, Rows, Points, Vectors) = (questions, rows, points, vectors);

    /// <summary>The questions.</summary>
    public JudgedQuestions Questions { get; }

    /// <summary>Per question the row of each model.</summary>
    public IReadOnlyList<IReadOnlyList<LabelRow>> Rows { get; }

    /// <summary>Per question which of <see cref="Vectors"/> is its text's.</summary>
    public IReadOnlyList<int> Points { get; }

    /// <summary>The vectors of all texts.</summary>
    public PointSet Vectors { get; }

    internal static JudgedTable Of(CascadeLabels labels, Centroids centroids, LabelFitOptions options)
    {
        List<JudgedQuestion> questions = [];
        List<IReadOnlyList<LabelRow>> rows = [];
        List<int> points = [];
        List<float[]> vectors = [];
        IReadOnlyList<string> models = labels.Fit.Table.Models;
        foreach ((EmbeddedTable? part, bool certify) in new[] { (labels.Fit, false), (labels.Certify, true) })
        {
            if (part is null)
                continue;
            int before = vectors.Count;
            vectors.AddRange(Enumerable.Range(0, part.Texts.Count).Select(t => part.Texts[t].ToArray()));
            foreach (Question question in part.Table.Questions)
            {
                int point = before + question.Text;
                int cluster = centroids.Nearest(vectors[point]);
                foreach (IReadOnlyList<LabelRow> run in question.Runs)
                {
                    // Equal prompts are one question: they are no evidence of their own.
                    questions.Add(new(point, cluster, certify, [.. run.Select(row => AnswerOf(row, options))]));
                    rows.Add(run);
                    points.Add(point);
                }
            }
        }

        return new(new(models, centroids.Count, questions), rows, points, PointSet.Of(vectors));
    }

    /// <summary>Whether any question has the cost of every model.</summary>
    internal static bool HasPriced(QuestionTable table, LabelFitOptions options) => table.Questions.SelectMany(question => question.Runs)
        .Any(run => new JudgedQuestion(0, 0, false, [.. run.Select(row => AnswerOf(row, options))]).IsPriced(options.Routing.Metric));

    /// <summary>The tokens of an answer, estimated from its text where the label does not say.</summary>
    internal static int TokensOf(LabelRow row) =>
        row.OutputTokens ?? LabelSignals.Count(row) ?? ((row.Output?.Length ?? 0) + CharactersPerToken - 1) / CharactersPerToken;

    /// <summary>
    /// The tokens that an answer is charged for, in fits and reports alike: those that were counted, else those that are estimated, two at
    /// least.
    /// </summary>
    internal static int ChargedTokensOf(LabelRow row) => HasLength(row) ? TokensOf(row) : Math.Max(FewestEstimated, TokensOf(row));

    /// <summary>Whether the label says how many tokens there are.</summary>
    internal static bool HasLength(LabelRow row) => row.OutputTokens is not null || LabelSignals.Count(row) is not null;

    /// <summary>TPOT as the label has it, else what its other times say.</summary>
    internal static double? TpotOf(LabelRow row) =>
        row.TpotMs ?? (ChargedTokensOf(row) is > 1 and var tokens ? Math.Max(0, (row.E2elMs - row.TtftMs) / (tokens - 1) ?? double.NaN) : null);

    private static JudgedAnswer AnswerOf(LabelRow row, LabelFitOptions options)
    {
        double? stated = options.StatedCosts.TryGetValue(row.Model, out double cost) ? cost : null;
        CostMetric metric = options.Routing.Metric;
        int tokens = ChargedTokensOf(row);
        double latency = (metric == CostMetric.E2el ? stated : null) ?? row.E2elMs ?? double.NaN;
        // Where TPOT is what is charged, a label without it has no price.
        double tpot = (metric == CostMetric.Tpot ? stated : null) ?? (metric == CostMetric.Tpot ? row.TpotMs : TpotOf(row)) ?? double.NaN;
        double decoding = tokens < 2 ? 0 : tpot * (tokens - 1);
        // What is not known of the time to the first token is what the rest leaves.
        double first = row.TtftMs ?? (double.IsFinite(decoding) ? Math.Max(0, latency - decoding) : double.NaN);
        bool isStated = metric == CostMetric.Cost && stated is not null;
        return new(row.Correct, tokens, first, tpot, latency)
        {
            Cost = isStated ? stated!.Value : row.CostUsd ?? double.NaN,
            TokenCost = isStated ? 0 : row.TokenCost,
        };
    }
}
