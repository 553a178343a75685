using CascadeLocal.Calibration.Heads;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>
/// Fits what is to be made of an answer where the whole answer of a cheaper model was rejected before it: for every pair of judged models,
/// and only where it is better than the judge alone beyond chance.
/// </summary>
internal static class AgreementFit
{
    private const int Folds = 5;
    private const int LeastUnits = 100;

    /// <summary>All that are better; those of one member and of one earlier model each once.</summary>
    /// <param name="table">The questions with the answers.</param>
    /// <param name="scores">Per model how its answers are judged alone; null for one that is not judged.</param>
    /// <param name="metric">What is charged; a path goes from the cheaper to the dearer.</param>
    /// <param name="target">The model that is escalated to.</param>
    /// <param name="seed">Decides which questions are left out together.</param>
    public static IReadOnlyList<FittedAgreement> Of(
        JudgedTable table, IReadOnlyList<GateScores?> scores, CostMetric metric, int target, ulong seed)
    {
        JudgedQuestions questions = table.Questions;
        int[] judged = [.. Enumerable.Range(0, scores.Count)
            .Where(m => scores[m] is not null && table.Rows.All(run => run[m].Output is not null))
            .OrderBy(m => questions.Cost(m, metric, questions.Fit))];
        string[][] texts = [.. judged.Select(m => table.Rows.Select(run => NormalizedText.Of(run[m].Output!)).ToArray())];
        List<FittedAgreement> found = [];
        for (int member = 1; member < judged.Length; member++)
        {
            for (int earlier = 0; earlier < member; earlier++)
            {
                AnswerLikeness[] likeness = [.. texts[earlier].Zip(texts[member], AnswerLikeness.Of)];
                if (Fit(questions, scores, judged[member], judged[earlier], target, likeness, seed) is { } fitted)
                    found.Add(fitted);
            }
        }

        return found;
    }

    private static FittedAgreement? Fit(
        JudgedQuestions questions, IReadOnlyList<GateScores?> scores, int member, int earlier, int target, AnswerLikeness[] likeness, ulong seed)
    {
        (GateScores own, GateScores before) = (scores[member]!, scores[earlier]!);
        double[][] inputs = [.. Enumerable.Range(0, likeness.Length).Select(q =>
        {
            double[] row = new double[AgreementHead.Inputs];
            AgreementHead.Write(own.OwnAtEnd[q], own.OwnAtEnd[q] + own[q][^1], before.OwnAtEnd[q], likeness[q], row);
            return row;
        })];
        // Where the target is no better than the earlier answer, that is not rejected.
        int[] rows = [.. questions.Fit.Where(q => before[q][^1] > 0)];
        int[] units = [.. rows.Select(q => questions.Questions[q].Unit)];
        if (units.Distinct().Count() < LeastUnits)
            return null;
        int[] folds = Heads.Folds.Of(units, [.. rows.Select(q => questions.Questions[q].Answers[member].Correct)], Folds, seed);
        Trained Train(int model, int start) => Trained.Of(
            [.. rows.Select(q => inputs[q])], [.. rows.Select(q => questions.Questions[q].Answers[model].Correct)], units, folds, start);

        Trained right = Train(member, 1);
        if (!right.IsBetter)
            return null;
        Trained theirs = Train(target, 2);
        Dictionary<int, int> rowOf = rows.Select((q, row) => (q, row)).ToDictionary(r => r.q, r => r.row);
        return new(
            member,
            earlier,
            new(right.Head, theirs.IsBetter ? theirs.Head : null),
            rows.Length,
            right.AurocBefore,
            right.Auroc,
            [.. inputs.Select((input, q) =>
            {
                int? left = rowOf.TryGetValue(q, out int row) ? row : null;
                double chance = right.Chance(input, left);
                return (chance, (theirs.IsBetter ? theirs.Chance(input, left) : own.OwnAtEnd[q] + own[q][^1]) - chance);
            })]);
    }

    /// <summary>A head, and heads that each leave a part of the rows out.</summary>
    private sealed record Trained(AgreementHead Head, double[] LeftOut, double? AurocBefore, double? Auroc, bool IsBetter)
    {
        /// <param name="inputs">A row per answer.</param>
        /// <param name="labels">How right a model's answer is.</param>
        /// <param name="units">The question of each row.</param>
        /// <param name="folds">The part of each row.</param>
        /// <param name="start">The input that is this model's chance by the judge alone.</param>
        public static Trained Of(double[][] inputs, double[] labels, int[] units, int[] folds, int start)
        {
            double[] Fit(Predicate<int> row)
            {
                int[] used = [.. Enumerable.Range(0, inputs.Length).Where(i => row(i))];
                return LogisticFit.Of([.. used.Select(i => inputs[i])], [.. used.Select(i => labels[i])], Only(start));
            }

            AgreementHead[] parts = [.. Enumerable.Range(0, Folds).Select(fold => new AgreementHead(Fit(i => folds[i] != fold)))];
            AgreementHead alone = new(Only(start));
            double[] before = [.. inputs.Select(input => alone.Probability(input))];
            double[] after = [.. inputs.Select((input, i) => parts[folds[i]].Probability(input))];
            (double? aurocBefore, double? auroc) = (Ranking.Auroc(before, labels), Ranking.Auroc(after, labels));
            UnitMean saved = UnitMean.Of(units.Select((unit, i) => (unit, LogLoss(before[i], labels[i]) - LogLoss(after[i], labels[i]))));
            return new(new(Fit(_ => true)), after, aurocBefore, auroc, !(auroc < aurocBefore) && saved.Mean > saved.StandardError);
        }

        /// <summary>The chance by a head that has not seen the row; of what is no row by the head of all.</summary>
        public double Chance(ReadOnlySpan<double> inputs, int? row) => row is { } i ? LeftOut[i] : Head.Probability(inputs);

        private static double[] Only(int input) => [.. Enumerable.Range(0, AgreementHead.Inputs).Select(i => i == input ? 1.0 : 0)];

        private static double LogLoss(double chance, double label) => -label * Math.Log(chance) - (1 - label) * Math.Log(1 - chance);
    }
}

/// <summary>What is made of a member's answer where an earlier one was rejected.</summary>
/// <param name="Member">The member whose answer is judged.</param>
/// <param name="Earlier">The model whose answer was rejected.</param>
/// <param name="Agreement">What is made of both.</param>
/// <param name="Rows">The answers that it was fitted to.</param>
/// <param name="AurocBefore">How well the judge alone ranks them, if both kinds are there.</param>
/// <param name="Auroc">How well both together do, by heads that did not see them.</param>
/// <param name="Ends">Per question the chance that the answer is right, and the gain; by heads that did not see the question.</param>
internal sealed record FittedAgreement(
    int Member, int Earlier, Agreement Agreement, int Rows, double? AurocBefore, double? Auroc, IReadOnlyList<(double Own, double Gain)> Ends);
