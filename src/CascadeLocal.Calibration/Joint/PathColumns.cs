using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Joint;

/// <summary>
/// What <see cref="PlanReplay.Deliver"/> does with some questions, looked up once and laid out in columns: a search tries thousands of
/// thresholds on the same questions. Sums are those of the replay to the last bit.
/// </summary>
/// <param name="replay">The questions, and how they are judged.</param>
/// <param name="rows">The questions that are summed over.</param>
/// <param name="metric">What is charged.</param>
/// <param name="strongest">The model that losses are counted against.</param>
internal sealed class PathColumns(PlanReplay replay, int[] rows, CostMetric metric, int strongest)
{
    private readonly Dictionary<int, Answers> _answers = [];
    private readonly Dictionary<(int Model, int? Earlier), Gate> _gates = [];
    private readonly bool[] _isPriced = [.. rows.Select(q => replay.Questions.Questions[q].IsPriced(metric))];

    /// <summary>How many questions there are.</summary>
    public int Count => rows.Length;

    /// <summary>The least thresholds at which a model's answers are accepted, as <see cref="PlanReplay.Level"/> says.</summary>
    public double[] Levels(int model, int? earlier) => GateOf(model, earlier).Levels;

    /// <summary>The sums over all questions of what is right, of the charge where it is defined, and of the losses.</summary>
    public (double Right, double Cost, int Losses) Sums(IReadOnlyList<int> path, IReadOnlyList<double> thresholds)
    {
        Answers[] answers = [.. path.Select(AnswersOf)];
        Gate[] alone = [.. thresholds.Select((_, i) => GateOf(path[i], null))];
        Gate[] beside = [.. thresholds.Select((_, i) => GateOf(path[i], i == 0 ? null : path[i - 1]))];
        double[] at = [.. thresholds];
        (double right, double cost, int losses) = (0, 0, 0);
        for (int row = 0; row < rows.Length; row++)
        {
            double spent = 0;
            bool isWhole = false;
            int gate = 0;
            for (; gate < at.Length; gate++)
            {
                Gate judged = isWhole ? beside[gate] : alone[gate];
                if (!(judged.Levels[row] > at[gate]))
                    break;
                int dropped = judged.DroppedAt(row, at[gate]);
                spent += dropped < 0 ? answers[gate].Spent[row] : judged.SpentAt[dropped][row];
                isWhole = dropped < 0;
            }

            Answers delivered = answers[gate];
            right += delivered.Correct[row];
            cost += _isPriced[row] ? (spent + delivered.Spent[row]) / delivered.Per[row] : 0;
            losses += delivered.IsLoss[row] ? 1 : 0;
        }

        return (right, cost, losses);
    }

    private Answers AnswersOf(int model)
    {
        if (!_answers.TryGetValue(model, out Answers? answers))
        {
            JudgedAnswer[] own = [.. rows.Select(q => replay.Questions.Questions[q].Answers[model])];
            _answers[model] = answers = new(
                [.. own.Select(a => a.Correct)],
                [.. own.Select(a => metric switch { CostMetric.Tpot => a.DecodeTime, CostMetric.E2el => a.Latency, _ => a.Cost })],
                [.. own.Select(a => metric == CostMetric.Tpot ? a.Gaps : 1.0)],
                [.. rows.Select(q => replay.Questions.Questions[q].IsLost(model, strongest))]);
        }

        return answers;
    }

    private Gate GateOf(int model, int? earlier)
    {
        int? compared = earlier is { } before && replay.Compares(model, before) ? earlier : null;
        if (_gates.TryGetValue((model, compared), out Gate? gate))
            return gate;
        EarlyRule rule = replay.Rule(model);
        double[] levels = [.. rows.Select(q => replay.Level(q, model, compared))];
        double[][] rejectedBelow = [.. rule.Reject.Select((reject, i) => rows.Select(q => replay.Gains(q, model, compared)[i] - reject).ToArray())];
        double[][] spentAt = [.. rule.Checkpoints.Select(tokens => rows.Select(q => SpentUpTo(replay.Questions.Questions[q].Answers[model], tokens)).ToArray())];
        return _gates[(model, compared)] = new(levels, rejectedBelow, spentAt);
    }

    private double SpentUpTo(JudgedAnswer answer, int tokens) => metric switch
    {
        CostMetric.Tpot => answer.DecodeTimeOf(tokens),
        CostMetric.E2el => answer.LatencyOf(tokens),
        _ => answer.CostOf(tokens),
    };

    /// <param name="Correct">How right each is.</param>
    /// <param name="Spent">What each adds to what is charged.</param>
    /// <param name="Per">What the charge is divided by where it is the last.</param>
    /// <param name="IsLoss">Whether the strongest model's is better.</param>
    private sealed record Answers(double[] Correct, double[] Spent, double[] Per, bool[] IsLoss);

    /// <param name="Levels">The least threshold at which each answer is accepted.</param>
    /// <param name="RejectedBelow">By checkpoint: the threshold below which each is dropped there; NaN where it has ended.</param>
    /// <param name="SpentAt">By checkpoint: what each has cost up to there.</param>
    private sealed record Gate(double[] Levels, double[][] RejectedBelow, double[][] SpentAt)
    {
        /// <summary>The checkpoint where an answer that is not accepted is dropped; −1 at its end.</summary>
        public int DroppedAt(int row, double threshold)
        {
            for (int checkpoint = 0; checkpoint < RejectedBelow.Length; checkpoint++)
            {
                if (RejectedBelow[checkpoint][row] > threshold)
                    return checkpoint;
            }

            return -1;
        }
    }
}
