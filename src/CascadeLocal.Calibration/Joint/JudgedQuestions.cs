using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.Joint;

/// <summary>Questions that all models of a pool have answered.</summary>
public sealed class JudgedQuestions
{
    /// <param name="models">Their names, in the order of every question's answers.</param>
    /// <param name="clusters">How many clusters there are.</param>
    /// <param name="questions">In any order.</param>
    /// <exception cref="ArgumentException">Something does not fit together; the message says what.</exception>
    public JudgedQuestions(IReadOnlyList<string> models, int clusters, IReadOnlyList<JudgedQuestion> questions)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(questions);
        if (models.Count == 0 || clusters < 1)
            throw new ArgumentException("there is at least one model, and one cluster");
        for (int q = 0; q < questions.Count; q++)
        {
            JudgedQuestion question = questions[q];
            if (question.Answers.Count != models.Count)
                throw new ArgumentException($"question {q} has {question.Answers.Count} answers, not one of each of {models.Count} models");
            if (question.Cluster < 0 || question.Cluster >= clusters)
                throw new ArgumentException($"question {q} is in cluster {question.Cluster}, of {clusters}");
            if (question.Answers.Any(a => a.Correct is not (>= 0 and <= 1)))
                throw new ArgumentException($"question {q} has an answer that is not 0..1 right");
        }

        if (questions.GroupBy(q => q.Unit).Any(runs => runs.Select(q => q.Certify).Distinct().Count() > 1))
            throw new ArgumentException("all runs of a question are on one side of the split");
        (Models, Clusters, Questions) = (models, clusters, questions);
        Fit = [.. Enumerable.Range(0, questions.Count).Where(q => !questions[q].Certify)];
        Certify = [.. Enumerable.Range(0, questions.Count).Where(q => questions[q].Certify)];
    }

    /// <summary>The models' names.</summary>
    public IReadOnlyList<string> Models { get; }

    /// <summary>How many clusters there are.</summary>
    public int Clusters { get; }

    /// <summary>All questions.</summary>
    public IReadOnlyList<JudgedQuestion> Questions { get; }

    /// <summary>The indices of those for fitting.</summary>
    public IReadOnlyList<int> Fit { get; }

    /// <summary>The indices of those for certifying.</summary>
    public IReadOnlyList<int> Certify { get; }

    /// <summary>The share of questions that one model answers right, among some.</summary>
    public double Accuracy(int model, IReadOnlyList<int> among) => among.Count == 0 ? 0 : among.Average(q => Questions[q].Answers[model].Correct);

    /// <summary>One model's mean cost over the priced ones among some questions; NaN where none is priced.</summary>
    public double Cost(int model, CostMetric metric, IReadOnlyList<int> among) => among
        .Where(q => Questions[q].IsPriced(metric))
        .Select(q => Questions[q].Cost(model, metric))
        .DefaultIfEmpty(double.NaN)
        .Average();

    /// <summary>The most accurate model on the questions for fitting; of equal ones the cheaper, then by name.</summary>
    public int Strongest(CostMetric metric) => Enumerable.Range(0, Models.Count)
        .OrderByDescending(m => Accuracy(m, Fit))
        .ThenBy(m => Cost(m, metric, Fit))
        .ThenBy(m => Models[m], StringComparer.Ordinal)
        .First();
}

/// <summary>One run of one question, answered by every model.</summary>
/// <param name="Unit">The question; its runs share it.</param>
/// <param name="Cluster">The cluster of the query.</param>
/// <param name="Certify">Whether it is kept for certifying; all runs of a question are on one side.</param>
/// <param name="Answers">One per model.</param>
public sealed record JudgedQuestion(int Unit, int Cluster, bool Certify, IReadOnlyList<JudgedAnswer> Answers)
{
    /// <summary>Whether its cost is defined whoever answers it, so that all policies are priced on the same questions.</summary>
    public bool IsPriced(CostMetric metric) => metric == CostMetric.Tpot
        ? Answers.All(a => a.Gaps > 0 && double.IsFinite(a.TimePerOutputToken))
        : Answers.All(a => double.IsFinite(a.Charge(metric)));

    /// <summary>Whether the strongest model's answer is worth anything, so that it can be lost.</summary>
    internal bool CanBeLost(int strongest) => Loss.IsPossible(Answers[strongest].Correct);

    /// <summary>Whether one model's answer is worse than the strongest model's.</summary>
    internal bool IsLost(int model, int strongest) => Loss.Is(Answers[model].Correct, Answers[strongest].Correct);

    /// <summary>What its answer by one model alone costs.</summary>
    internal double Cost(int model, CostMetric metric) => Answers[model].Charge(metric);
}

/// <summary>How one model answered one question.</summary>
/// <param name="Correct">How right the answer is, 0..1.</param>
/// <param name="Tokens">Its tokens.</param>
/// <param name="TimeToFirstToken">TTFT in ms.</param>
/// <param name="TimePerOutputToken">TPOT in ms; NaN where it is not known or undefined.</param>
/// <param name="Latency">E2EL in ms; NaN where it is not known.</param>
public readonly record struct JudgedAnswer(double Correct, int Tokens, double TimeToFirstToken, double TimePerOutputToken, double Latency)
{
    /// <summary>What it cost, in the unit of the labels; NaN where it is not known.</summary>
    public double Cost { get; init; } = double.NaN;

    /// <summary>What each of its tokens cost, which an answer that is dropped early saves; 0 where only the whole is known.</summary>
    public double TokenCost { get; init; }

    /// <summary>The times between tokens.</summary>
    public int Gaps => Math.Max(Tokens - 1, 0);

    /// <summary>The time from the first token to the last, in ms.</summary>
    public double DecodeTime => DecodeTimeOf(Tokens);

    /// <summary>The time from the first token to one that is not beyond the last, in ms.</summary>
    public double DecodeTimeOf(int tokens) => tokens < 2 ? 0 : TimePerOutputToken * (tokens - 1);

    /// <summary>The time up to a token before the last, in ms; all of it where that is not known.</summary>
    public double LatencyOf(int tokens) => TimeToFirstToken + DecodeTimeOf(tokens) is var time && double.IsFinite(time) ? time : Latency;

    /// <summary>What it cost up to a token that is not beyond the last.</summary>
    public double CostOf(int tokens) => Cost - (TokenCost * (Tokens - tokens));

    /// <summary>What it costs alone under a metric.</summary>
    internal double Charge(CostMetric metric) => metric switch
    {
        CostMetric.Tpot => TimePerOutputToken,
        CostMetric.E2el => Latency,
        _ => Cost,
    };
}
