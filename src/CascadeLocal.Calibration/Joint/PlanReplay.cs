using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Joint;

/// <summary>Replays actions on answered questions: whose answer is delivered, and what that costs.</summary>
/// <param name="questions">The questions.</param>
/// <param name="scores">Per model; null for one whose answers are not judged.</param>
/// <param name="rules">Per model; with no checkpoints, or with those of its scores.</param>
/// <exception cref="ArgumentException">A rule has other checkpoints.</exception>
internal sealed class PlanReplay(JudgedQuestions questions, IReadOnlyList<GateScores?> scores, IReadOnlyList<EarlyRule> rules)
{
    private readonly IReadOnlyList<EarlyRule> _rules = Checked(questions, scores, rules);

    public JudgedQuestions Questions => questions;

    /// <summary>The least threshold at which a model's answer is accepted.</summary>
    /// <param name="question">The question.</param>
    /// <param name="model">The model.</param>
    /// <param name="earlier">The model whose whole answer was rejected right before; null for none.</param>
    public double Level(int question, int model, int? earlier = null) => _rules[model].Level(Gains(question, model, earlier));

    /// <summary>When a model's answers are judged.</summary>
    public EarlyRule Rule(int model) => _rules[model];

    /// <summary>Whether a model's answers are judged otherwise where an earlier model's was rejected.</summary>
    public bool Compares(int model, int earlier) => scores[model] is { } alone && !ReferenceEquals(alone.After(earlier), alone);

    /// <summary>What an action makes of a question.</summary>
    public Delivery Deliver(int question, CascadeAction action)
    {
        IReadOnlyList<JudgedAnswer> answers = questions.Questions[question].Answers;
        double decoding = 0;
        double latency = 0;
        double cost = 0;
        int? earlier = null;
        for (int i = 0; ; i++)
        {
            int model = action.Path[i];
            JudgedAnswer answer = answers[model];
            bool last = i == action.Path.Count - 1;
            ReadOnlySpan<double> gains = last ? [] : Gains(question, model, earlier);
            if (!last && _rules[model].Level(gains) > action.Thresholds[i])
            {
                // Dropped in the middle, it was decoded up to there.
                int? decided = _rules[model].DecidedAt(gains, action.Thresholds[i]);
                decoding += decided is { } tokens ? answer.DecodeTimeOf(tokens) : answer.DecodeTime;
                latency += decided is { } early ? answer.LatencyOf(early) : answer.Latency;
                cost += decided is { } dropped ? answer.CostOf(dropped) : answer.Cost;
                earlier = decided is null ? model : null;
                continue;
            }

            double opens = last ? answer.TimeToFirstToken
                : _rules[model].DecidedAt(gains, action.Thresholds[i]) is { } accepted ? answer.TimeToFirstToken + answer.DecodeTimeOf(accepted)
                : answer.Latency;
            return new(model, decoding + answer.DecodeTime, latency + answer.Latency, answer.Gaps, i > 0, latency + opens, cost + answer.Cost);
        }
    }

    /// <summary>
    /// The least shift of all thresholds at which the delivered answer is worse than the strongest model's, and so for all larger ones; −∞
    /// where the target's is. With several rungs a larger shift could find it again; it is not counted so.
    /// </summary>
    public double LosingShift(int question, CascadeAction action, int strongest)
    {
        JudgedQuestion asked = questions.Questions[question];
        if (asked.IsLost(action.Target, strongest))
            return double.NegativeInfinity;
        double losing = double.PositiveInfinity;
        double earlier = double.PositiveInfinity;
        for (int i = 0; i < action.Thresholds.Count; i++)
        {
            (double first, double always) = AcceptedFrom(question, action, i);
            // Of a rung that is accepted no sooner than one before it, nothing is ever delivered.
            if (first < earlier && asked.IsLost(action.Path[i], strongest))
                losing = Math.Min(losing, first);
            earlier = Math.Min(earlier, always);
        }

        return losing;
    }

    // The least shift at which a rung's answer is accepted where it is asked for, and that from which on it always is. Below a shift the
    // answer before it is dropped before its end, and nothing is known of it; from there on it is whole, and the verdict may be another one.
    private (double First, double Always) AcceptedFrom(int question, CascadeAction action, int gate)
    {
        int model = action.Path[gate];
        double alone = Level(question, model) - action.Thresholds[gate];
        if (gate == 0)
            return (alone, alone);
        int before = action.Path[gate - 1];
        double beside = Level(question, model, before) - action.Thresholds[gate];
        double whole = _rules[before].RejectedEarlyBelow(Gains(question, before)) - action.Thresholds[gate - 1];
        double always = Math.Max(beside, whole);
        return (alone < whole ? alone : always, always);
    }

    // Gains are looked up by the rule's checkpoints.
    private static IReadOnlyList<EarlyRule> Checked(JudgedQuestions questions, IReadOnlyList<GateScores?> scores, IReadOnlyList<EarlyRule> rules)
    {
        int wrong = Enumerable.Range(0, rules.Count)
            .FirstOrDefault(m => rules[m].Checkpoints.Count > 0 && !rules[m].Checkpoints.SequenceEqual(scores[m]?.Checkpoints ?? []), -1);
        return wrong < 0 ? rules : throw new ArgumentException($"the early rule of {questions.Models[wrong]} has other checkpoints than its judge", nameof(rules));
    }

    /// <summary>How a model's answer is judged: at each checkpoint, then at the end.</summary>
    public ReadOnlySpan<double> Gains(int question, int model, int? earlier = null) =>
        (scores[model] ?? throw new ArgumentException($"nothing judges the answers of {questions.Models[model]}")).After(earlier)[question];
}

/// <summary>What became of one question.</summary>
/// <param name="Model">Whose answer was delivered.</param>
/// <param name="DecodeTime">Of all passes, the time between their tokens, in ms.</param>
/// <param name="Latency">Of all passes, in ms.</param>
/// <param name="Gaps">The gaps of the delivered answer.</param>
/// <param name="Escalated">Whether an answer was dropped.</param>
/// <param name="FirstToken">When the stream could open, in ms from the beginning.</param>
/// <param name="Cost">Of all passes, in the unit of the labels.</param>
internal readonly record struct Delivery(int Model, double DecodeTime, double Latency, int Gaps, bool Escalated, double FirstToken, double Cost)
{
    /// <summary>What is charged.</summary>
    public double Charge(CostMetric metric) => metric switch
    {
        CostMetric.Tpot => DecodeTime / Gaps,
        CostMetric.E2el => Latency,
        _ => Cost,
    };
}
