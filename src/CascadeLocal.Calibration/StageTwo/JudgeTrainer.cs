using CascadeLocal.Calibration.Heads;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>Trains the heads of one gated model on the questions for fitting.</summary>
public static class JudgeTrainer
{
    /// <summary>Trains own and target heads at every checkpoint and at the end.</summary>
    /// <param name="questions">What all models answered.</param>
    /// <param name="features">Of the model's answers, one per question.</param>
    /// <param name="model">The model whose answers are judged.</param>
    /// <param name="target">The model that is escalated to.</param>
    /// <param name="options">How heads are trained.</param>
    public static JudgeFit Train(JudgedQuestions questions, AnswerFeatures features, int model, int target, HeadOptions options)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(features);
        if (features.Count != questions.Questions.Count)
            throw new ArgumentException($"{features.Count} answers are not those to {questions.Questions.Count} questions", nameof(features));
        int end = features.Checkpoints.Count;
        TrainedHead[] own = new TrainedHead[end + 1];
        TrainedHead[] escalated = new TrainedHead[end + 1];
        double[] atEnd = new double[questions.Questions.Count];
        double[][] gains = [.. questions.Questions.Select(_ => Enumerable.Repeat(double.NaN, end + 1).ToArray())];
        // What heads see is chosen on whole answers.
        for (int k = end; k >= 0; k--)
        {
            int at = k;
            int[] rows = [.. questions.Fit.Where(q => features.Of(q, at) is not null)];
            own[k] = Train(Rows(questions, features, rows, k, model), own[end], options);
            HeadRows others = Rows(questions, features, rows, k, target);
            escalated[k] = Train(others, escalated[end], options);
            // A gain is a difference: what the other head alone sees of a question would be taken for the model's.
            if (k == end && escalated[k].Inputs < own[k].Inputs)
                escalated[k] = HeadTrainer.TrainBeside(others, own[k], options);
            if (own[k].Head is not { } ownHead)
                continue;
            for (int i = 0; i < rows.Length && k == end; i++)
                atEnd[rows[i]] = own[k].OutOfFold[i];
            for (int i = 0; i < rows.Length; i++)
                gains[rows[i]][k] = (escalated[k].Head is null ? 1 : escalated[k].OutOfFold[i]) - own[k].OutOfFold[i];
            foreach (int q in questions.Certify.Where(q => features.Of(q, at) is not null))
            {
                double right = ownHead.Probability(features.Of(q, k)!);
                gains[q][k] = (escalated[k].Head?.Probability(features.Of(q, k)!) ?? 1) - right;
                if (k == end)
                    atEnd[q] = right;
            }
        }

        string name = questions.Models[model];
        bool judged = own[end].Head is not null;
        return new()
        {
            Judge = judged ? new(features.Layout, features.Checkpoints, [.. own.Select(h => h.Head)], [.. escalated.Select(h => h.Head)]) : null,
            Scores = judged ? new(features.Checkpoints, gains) { OwnAtEnd = atEnd } : null,
            Own = own[end].Report,
            Target = escalated[end].Report,
            Inputs = own[end].Inputs,
            Notices =
            [
                .. features.Layout.Notice is { } notice ? [$"{name}: {notice}"] : Array.Empty<string>(),
                .. own[end].Notice is { } ownNotice ? [$"{name}: {ownNotice}"] : Array.Empty<string>(),
                .. judged && !own[end].IsCalibrated ? [$"{name}: the judge is not calibrated, which would make it worse on questions left out"] : Array.Empty<string>(),
                .. judged && escalated[end].Notice is { } reason ? [$"{name}: the target is taken for always right; {reason}"] : Array.Empty<string>(),
                // Where no answer is so long there is nothing to miss.
                .. Enumerable.Range(0, end).Where(k => judged && own[k].Head is null && questions.Fit.Any(q => features.Of(q, k) is not null)).Select(k =>
                    $"{name}: no verdict after {features.Checkpoints[k]} tokens; {own[k].Notice}"),
            ],
        };
    }

    /// <summary>
    /// Trains the plainest judge: how sure a model was of its whole answer, and the target taken for always right. Two numbers are learnt, so
    /// that it may judge the questions for fitting itself.
    /// </summary>
    /// <inheritdoc cref="Train(JudgedQuestions, AnswerFeatures, int, int, HeadOptions)" path="/param"/>
    public static JudgeFit TrainPlainest(JudgedQuestions questions, AnswerFeatures features, int model, HeadOptions options)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(options);
        int end = features.Checkpoints.Count;
        HeadInputs inputs = HeadInputs.Confidence;
        TrainedHead trained = HeadTrainer.Train(Rows(questions, features, [.. questions.Fit], end, model), options with { Inputs = inputs, Hidden = 0 });
        Head? head = trained.Head?.Uncalibrated();
        double[] own = head is null ? [] : [.. Enumerable.Range(0, questions.Questions.Count).Select(q => head.Probability(features.Of(q, end)!))];
        return new()
        {
            Judge = head is null ? null : new(features.Layout, [], [head], [null]),
            Scores = head is null ? null : new([], [.. own.Select(right => (double[])[1 - right])]) { OwnAtEnd = own },
            Own = trained.Report,
            Target = null,
            Inputs = inputs,
            Notices = trained.Notice is { } notice ? [$"{questions.Models[model]}: {notice}"] : [],
        };
    }

    private static TrainedHead Train(HeadRows rows, TrainedHead? atEnd, HeadOptions options) =>
        atEnd is null ? HeadTrainer.Choose(rows, options) : HeadTrainer.TrainEarlier(rows, atEnd, options);

    /// <summary>The rows of some questions: the answers of the judged model, and how right a model was.</summary>
    internal static HeadRows Rows(JudgedQuestions questions, AnswerFeatures features, int[] rows, int checkpoint, int model)
    {
        int columns = features.Layout.Count;
        float[] values = new float[rows.Length * columns];
        for (int i = 0; i < rows.Length; i++)
            features.Of(rows[i], checkpoint)!.CopyTo(values, i * columns);
        return new(
            features.Layout,
            values,
            [.. rows.Select(q => questions.Questions[q].Answers[model].Correct)],
            [.. rows.Select(q => questions.Questions[q].Unit)]);
    }
}

/// <summary>What training the judge of one model gave.</summary>
public sealed record JudgeFit
{
    /// <summary>The judge; null where the labels did not suffice.</summary>
    public required MemberJudge? Judge { get; init; }

    /// <summary>
    /// How it judges every question: those for fitting by heads and curves that did not see them, those for certifying by the
    /// judge itself. Null where there is no judge.
    /// </summary>
    public required GateScores? Scores { get; init; }

    /// <summary>How good the own head at the end is on answers it did not see, over all questions for fitting.</summary>
    public required HeadReport? Own { get; init; }

    /// <summary>The same of the target head.</summary>
    public required HeadReport? Target { get; init; }

    /// <summary>What the own heads see; chosen on the questions for fitting.</summary>
    public required HeadInputs Inputs { get; init; }

    /// <summary>Sentences on what was not fitted.</summary>
    public required IReadOnlyList<string> Notices { get; init; }
}
