using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Joint;

/// <summary>
/// Fits the early verdicts of one model under a plan, from the last checkpoint to the first: an early reject where that lowers
/// the charge, an early accept where the verdict at the end would hardly ever differ.
/// </summary>
public static class EarlyRuleFit
{
    // Of the answers that are accepted early, so many would be escalated later at most.
    private const double MostWrongAccepts = 0.01;

    // Below, neither threshold rests on enough answers.
    private const int LeastRows = 50;

    private const int MostThresholds = 60;

    /// <summary>The rule of one model; <see cref="EarlyRule.None"/> where it is nowhere judged, or no checkpoint pays.</summary>
    /// <param name="questions">The questions; those for fitting are used.</param>
    /// <param name="scores">How the model's answers are judged.</param>
    /// <param name="model">The model.</param>
    /// <param name="plan">The plan; only its gates at this model matter.</param>
    /// <param name="metric">What is charged.</param>
    public static EarlyRule Fit(JudgedQuestions questions, GateScores scores, int model, CascadePlan plan, CostMetric metric)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(plan);
        Row[] rows = [.. questions.Fit
            .Where(q => questions.Questions[q].IsPriced(metric))
            .Select(q => Row.Of(questions.Questions[q], q, scores, model, plan, metric))
            .OfType<Row>()];
        int count = scores.Checkpoints.Count;
        double[] accept = [.. Enumerable.Repeat(double.NegativeInfinity, count)];
        double[] reject = [.. Enumerable.Repeat(double.PositiveInfinity, count)];
        for (int k = count - 1; k >= 0; k--)
        {
            Row[] running = [.. rows.Where(r => !double.IsNaN(r.Gains[k]))];
            if (running.Length < LeastRows)
                continue;
            reject[k] = BestReject(running, k, scores.Checkpoints[k]);
            foreach (Row row in running.Where(r => r.Gains[k] - r.Threshold > reject[k]))
                (row.Escalated, row.Charge) = (true, row.ChargeOfReject(scores.Checkpoints[k]));
            accept[k] = Math.Min(BestAccept(running, k), reject[k]);
            foreach (Row row in running.Where(r => r.Gains[k] - r.Threshold <= accept[k]))
                (row.Escalated, row.Charge) = (false, row.ChargeOfAccept);
        }

        return accept.All(double.IsNegativeInfinity) && reject.All(double.IsPositiveInfinity)
            ? EarlyRule.None
            : new(scores.Checkpoints, accept, reject);
    }

    // The threshold with the least charge, against letting all go on.
    private static double BestReject(Row[] running, int checkpoint, int tokens)
    {
        double best = double.PositiveInfinity;
        double least = -1e-9 * running.Sum(r => r.Charge);
        double change = 0;
        Row[] falling = [.. running.OrderByDescending(r => r.Gains[checkpoint] - r.Threshold)];
        int step = Math.Max(1, falling.Length / MostThresholds);
        for (int i = 0; i < falling.Length - 1; i++)
        {
            change += falling[i].ChargeOfReject(tokens) - falling[i].Charge;
            double middle = (falling[i].Offset(checkpoint) + falling[i + 1].Offset(checkpoint)) / 2;
            if ((i + 1) % step == 0 && change < least && falling[i + 1].Offset(checkpoint) < middle)
                (best, least) = (middle, change);
        }

        return best;
    }

    private static double BestAccept(Row[] running, int checkpoint)
    {
        double best = double.NegativeInfinity;
        int wrong = 0;
        Row[] growing = [.. running.OrderBy(r => r.Offset(checkpoint))];
        for (int i = 0; i < growing.Length - 1; i++)
        {
            wrong += growing[i].Escalated ? 1 : 0;
            if (i + 1 >= LeastRows && wrong <= MostWrongAccepts * (i + 1))
            {
                double middle = (growing[i].Offset(checkpoint) + growing[i + 1].Offset(checkpoint)) / 2;
                best = middle < growing[i + 1].Offset(checkpoint) ? middle : best;
            }
        }

        return Math.Min(best, 0);
    }

    /// <summary>A question that meets a gate at the model, with what the rule makes of it from the checkpoint on.</summary>
    private sealed class Row
    {
        private readonly JudgedAnswer _own;
        private readonly JudgedAnswer _next;
        private readonly CostMetric _metric;

        private Row(JudgedAnswer own, JudgedAnswer next, double[] gains, double threshold, CostMetric metric)
        {
            (_own, _next, _metric, Gains, Threshold) = (own, next, metric, gains, threshold);
            Escalated = gains[^1] > threshold;
            Charge = Escalated ? ChargeOfReject(null) : ChargeOfAccept;
        }

        public double[] Gains { get; }

        public double Threshold { get; }

        public bool Escalated { get; set; }

        public double Charge { get; set; }

        public double ChargeOfAccept => _own.Charge(_metric);

        public double Offset(int checkpoint) => Gains[checkpoint] - Threshold;

        // After so many tokens, or null for all. Further rungs are left out: what follows is taken to be the next one's answer.
        public double ChargeOfReject(int? tokens) => _metric switch
        {
            CostMetric.Tpot => (_own.DecodeTimeOf(tokens ?? _own.Tokens) + _next.DecodeTime) / _next.Gaps,
            CostMetric.E2el => (tokens is { } early ? _own.LatencyOf(early) : _own.Latency) + _next.Latency,
            _ => _own.CostOf(tokens ?? _own.Tokens) + _next.Cost,
        };

        // The answer before it is taken to be whole.
        public static Row? Of(JudgedQuestion question, int index, GateScores scores, int model, CascadePlan plan, CostMetric metric)
        {
            CascadeAction action = plan.Actions[question.Cluster];
            int gate = action.Path.ToList().IndexOf(model);
            if (gate < 0 || gate >= action.Thresholds.Count)
                return null;
            double[] gains = scores.After(gate > 0 ? action.Path[gate - 1] : null)[index].ToArray();
            return new(question.Answers[model], question.Answers[action.Path[gate + 1]], gains, action.Thresholds[gate], metric);
        }
    }
}
