using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Judging;

using TorchSharp;

namespace CascadeLocal.Calibration.Heads;

/// <summary>
/// Trains a head. For every fold one is trained that does not see it, all at once and beside the one on all rows. Training
/// ends at the step whose held-out loss, over all folds together, is the least: the only thing that held-out rows decide.
/// </summary>
public static class HeadTrainer
{
    /// <summary>Of more questions, what a head sees is chosen on so many, and only what was chosen is trained on all.</summary>
    public const int MostChosen = 4_000;

    private const int LeastUnits = 40;
    private const double LeastOfEachClass = 5;

    // Most steps from the weights of another head.
    private const int RefiningSteps = 300;

    // Apart from the draws of folds and weights.
    private const int SampleStream = 53;

    /// <summary>
    /// The plainest head that none with more to see is better than beyond chance: one that sees more is taken where it ranks no
    /// worse on questions left out, and its loss there is lower by more than one standard error over questions (Breiman et al. 1984).
    /// </summary>
    /// <inheritdoc cref="Train(HeadRows, HeadOptions)"/>
    public static TrainedHead Choose(HeadRows rows, HeadOptions options)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(options);
        if (Sample(rows, options.Seed) is { } sample && Plainest(sample, options) is { Head: not null } drawn)
            return Train(rows, options with { Inputs = drawn.Inputs, Hidden = drawn.Hidden }, drawn.Weights);
        return Plainest(rows, options);
    }

    /// <summary>Trains a head that sees what another sees of the same answers.</summary>
    /// <inheritdoc cref="Train(HeadRows, HeadOptions)"/>
    public static TrainedHead TrainBeside(HeadRows rows, TrainedHead other, HeadOptions options)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(options);
        HeadOptions seeing = options with { Inputs = other.Inputs, Hidden = other.Hidden };
        TrainedHead? drawn = Sample(rows, options.Seed) is { } sample ? Train(sample, seeing, null) : null;
        return Train(rows, seeing, drawn?.Head is null ? null : drawn.Weights);
    }

    private static TrainedHead Plainest(HeadRows rows, HeadOptions options)
    {
        TrainedHead? chosen = null;
        int seen = 0;
        foreach (HeadInputs inputs in Enum.GetValues<HeadInputs>())
        {
            HeadOptions seeing = options with { Inputs = inputs };
            int sees = Enumerable.Range(0, rows.Layout.Count).Count(feature => seeing.Sees(rows.Layout, feature));
            if (sees == seen)
                continue;
            seen = sees;
            // Hidden units have to pay, too; of one number there is nothing for them to see.
            foreach (int hidden in inputs == HeadInputs.Confidence ? [0] : ((int[])[0, options.Hidden]).Distinct())
            {
                TrainedHead next = Train(rows, seeing with { Hidden = hidden });
                if (chosen?.Head is null || (next.Head is not null && IsBetter(next, chosen, rows)))
                    chosen = next;
            }
        }

        return chosen ?? Train(rows, options);
    }

    /// <summary>Trains, calibrates and measures a head; with too few labels says so instead.</summary>
    public static TrainedHead Train(HeadRows rows, HeadOptions options) => Train(rows, options, null);

    /// <summary>
    /// Trains a head for an earlier checkpoint of the same answers: one that sees the same. Where there are very many it begins with the
    /// weights at the end.
    /// </summary>
    /// <inheritdoc cref="Train(HeadRows, HeadOptions)"/>
    public static TrainedHead TrainEarlier(HeadRows rows, TrainedHead atEnd, HeadOptions options)
    {
        ArgumentNullException.ThrowIfNull(atEnd);
        ArgumentNullException.ThrowIfNull(options);
        return Train(rows, options with { Inputs = atEnd.Inputs, Hidden = atEnd.Hidden }, atEnd.IsRefined ? atEnd.Weights : null);
    }

    private static TrainedHead Train(HeadRows rows, HeadOptions options, HeadWeights? start)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Folds, 2);
        double right = rows.Labels.Sum();
        FeatureScale scale = rows.Scale(options);
        if (WhyNot(rows, scale, right) is { } reason)
        {
            double rate = rows.Count == 0 ? 0.5 : right / rows.Count;
            return new() { Head = null, OutOfFold = [.. Enumerable.Repeat(rate, rows.Count)], OutOfFoldScores = [], Report = null, Inputs = options.Inputs, Hidden = options.Hidden, Notice = reason };
        }

        torch.set_num_threads(1);  // the other core decodes, or trains
        int[] folds = FoldsOf(rows, options, start);
        // What it does not see costs nothing.
        int[] seen = [.. Enumerable.Range(0, rows.Layout.Count).Where(column => scale.Scale[column] != 0)];
        using HeadNetwork network = Network(rows, scale, seen, folds, options);
        (float[] parameters, double[] scores, int steps) = Descend(
            network,
            rows,
            folds,
            start is null ? network.Start(right / rows.Count, options.Seed) : network.StartFrom(start, seen),
            start is null ? options : options with { MaximumSteps = Math.Min(RefiningSteps, options.MaximumSteps) });

        double[] labels = [.. rows.Labels];
        double[] probabilities = CrossCalibrate(scores, labels, folds, options.Folds);
        HeadReport report = HeadReport.Of(scores, probabilities, labels);
        // A curve that makes it worse on questions left out is none.
        bool isCalibrated = !(report.ErrorAfter > report.ErrorBefore);
        if (!isCalibrated)
        {
            probabilities = [.. scores.Select(PlattCalibration.Identity.Apply)];
            report = HeadReport.Of(scores, probabilities, labels);
        }

        var parts = network.Parts(parameters, options.Folds, seen, rows.Layout.Count);
        return new()
        {
            Head = new(scale, parts.Hidden, parts.HiddenBias, parts.Output, parts.Direct, parts.Bias, isCalibrated ? CalibrationFit.Of(scores, labels) : PlattCalibration.Identity),
            OutOfFold = probabilities,
            OutOfFoldScores = scores,
            Report = report,
            Inputs = options.Inputs,
            Hidden = options.Hidden,
            IsCalibrated = isCalibrated,
            Steps = steps,
            IsRefined = start is not null,
            Weights = new(parameters, seen, rows.Units.Zip(folds).DistinctBy(r => r.First).ToDictionary(r => r.First, r => r.Second)),
        };
    }

    // A lower loss alone may come from better probabilities of answers that are ranked worse, and the rank is what escalation goes by.
    private static bool IsBetter(TrainedHead next, TrainedHead than, HeadRows rows)
    {
        if (next.Report!.Auroc < than.Report!.Auroc)
            return false;
        double[] saved = [.. Enumerable.Range(0, rows.Count)
            .GroupBy(row => rows.Units[row], row => LogLoss(than.OutOfFoldScores[row], rows.Labels[row]) - LogLoss(next.OutOfFoldScores[row], rows.Labels[row]))
            .Select(unit => unit.Average())];
        double mean = saved.Average();
        double variance = saved.Sum(value => (value - mean) * (value - mean)) / (saved.Length - 1);
        return mean > Math.Sqrt(variance / saved.Length);
    }

    // Whole questions; null where all are few enough.
    private static HeadRows? Sample(HeadRows rows, ulong seed)
    {
        int[] units = [.. rows.Units.Distinct().Order()];
        if (units.Length <= MostChosen)
            return null;
        SeededGenerator.Of(seed, SampleStream).Shuffle<int>(units);
        HashSet<int> drawn = [.. units[..MostChosen]];
        return rows.Select([.. Enumerable.Range(0, rows.Count).Where(row => drawn.Contains(rows.Units[row]))]);
    }

    // A question stays in the part that it was in: else a head would begin with weights that have seen what it leaves out.
    private static int[] FoldsOf(HeadRows rows, HeadOptions options, HeadWeights? start)
    {
        if (start is null)
            return Folds.Of(rows.Units, rows.Labels, options.Folds, options.Seed);
        int[] others = [.. Enumerable.Range(0, rows.Count).Where(row => !start.FoldOf.ContainsKey(rows.Units[row]))];
        int[] dealt = Folds.Of([.. others.Select(row => rows.Units[row])], [.. others.Select(row => rows.Labels[row])], options.Folds, options.Seed);
        int[] folds = [.. rows.Units.Select(unit => start.FoldOf.GetValueOrDefault(unit))];
        for (int i = 0; i < others.Length; i++)
            folds[others[i]] = dealt[i];
        return folds;
    }

    private static string? WhyNot(HeadRows rows, FeatureScale scale, double right)
    {
        int units = rows.Units.Distinct().Count();
        if (units < LeastUnits)
            return $"no head was fitted: {units} questions have labels, {LeastUnits} are needed ({LeastUnits - units} are missing)";
        double fewer = Math.Min(right, rows.Count - right);
        string kind = right < rows.Count - right ? "right" : "wrong";
        if (fewer < LeastOfEachClass)
            return $"no head was fitted: {fewer:0.#} of {rows.Count} answers are {kind}, {LeastOfEachClass} are needed";
        return Array.TrueForAll(scale.Scale, value => value == 0) ? "no head was fitted: what it would see is the same of all answers" : null;
    }

    private static HeadNetwork Network(HeadRows rows, FeatureScale scale, int[] seen, int[] folds, HeadOptions options)
    {
        int inputs = seen.Length + 1;
        float[] all = new float[rows.Layout.Count];
        int heads = options.Folds + 1;
        float[] scaled = new float[rows.Count * inputs];
        float[] labels = new float[rows.Count * heads];
        float[] weights = new float[rows.Count * heads];
        int[] inFold = [.. Enumerable.Range(0, options.Folds).Select(f => folds.Count(fold => fold == f)), 0];
        for (int r = 0; r < rows.Count; r++)
        {
            Span<float> row = scaled.AsSpan(r * inputs, inputs);
            scale.Apply(rows[r], all);
            for (int column = 0; column < seen.Length; column++)
                row[column] = all[seen[column]];
            row[^1] = 1;
            labels.AsSpan(r * heads, heads).Fill((float)rows.Labels[r]);
            for (int head = 0; head < heads; head++)
                weights[r * heads + head] = folds[r] == head ? 0 : 1f / (rows.Count - inFold[head]);
        }

        return new(scaled, inputs, labels, weights, options.Hidden, heads);
    }

    private static (float[] Parameters, double[] Scores, int Steps) Descend(
        HeadNetwork network, HeadRows rows, int[] folds, float[] parameters, HeadOptions options)
    {
        int heads = options.Folds + 1;
        float[] gradient = new float[parameters.Length];
        float[] scores = new float[rows.Count * heads];
        bool[] isWeight = [.. Enumerable.Range(0, parameters.Length).Select(network.IsWeight)];
        float ridge = (float)(options.Ridge / rows.Count);
        AdamStep adam = new(parameters.Length, options.LearningRate);

        (float[] Parameters, double[] Scores, int Steps) best = (parameters, [], 0);
        double least = double.PositiveInfinity;
        for (int step = 0; step < options.MaximumSteps && step - best.Steps <= options.Patience; step++)
        {
            network.Evaluate(parameters, scores, gradient);
            double[] heldOut = [.. folds.Select((fold, row) => (double)scores[row * heads + fold])];
            double loss = heldOut.Select((score, row) => LogLoss(score, rows.Labels[row])).Average();
            if (loss < least)
                (least, best) = (loss, ((float[])parameters.Clone(), heldOut, step));
            for (int i = 0; i < parameters.Length; i++)
                gradient[i] += isWeight[i] ? ridge * parameters[i] : 0;
            adam.Apply(parameters, gradient);
        }

        return best;
    }

    /// <summary>The log-loss of log-odds.</summary>
    internal static double LogLoss(double score, double label) => Math.Max(score, 0) - label * score + Math.Log(1 + Math.Exp(-Math.Abs(score)));

    // A row is calibrated by the curve of the other folds, which is of the family that serves.
    private static double[] CrossCalibrate(double[] scores, double[] labels, int[] folds, int count)
    {
        double[] probabilities = new double[scores.Length];
        for (int fold = 0; fold < count; fold++)
        {
            int[] others = [.. Enumerable.Range(0, scores.Length).Where(i => folds[i] != fold)];
            ScoreCalibration curve = CalibrationFit.Of(
                [.. others.Select(i => scores[i])], [.. others.Select(i => labels[i])], scores.Length);
            for (int i = 0; i < scores.Length; i++)
            {
                if (folds[i] == fold)
                    probabilities[i] = curve.Apply(scores[i]);
            }
        }

        return probabilities;
    }
}

/// <summary>What training gave: a head, or the reason why there is none.</summary>
public sealed record TrainedHead
{
    /// <summary>The head, trained on all rows; null where the labels did not suffice.</summary>
    public required Head? Head { get; init; }

    /// <summary>
    /// For each row the calibrated probability by head and curve that saw no row of its question; the mean label where there
    /// is no head.
    /// </summary>
    public required IReadOnlyList<double> OutOfFold { get; init; }

    /// <summary>For each row the score by a head that saw no row of its question; empty where there is no head.</summary>
    public required IReadOnlyList<double> OutOfFoldScores { get; init; }

    /// <summary>How good the out-of-fold scores are; null where there is no head.</summary>
    public required HeadReport? Report { get; init; }

    /// <summary>What it sees.</summary>
    public required HeadInputs Inputs { get; init; }

    /// <summary>Its hidden units beside the direct connections; 0 for a logistic regression.</summary>
    public required int Hidden { get; init; }

    /// <summary>Whether its curve is better on questions left out than none; else its probabilities are those of its bare scores.</summary>
    public bool IsCalibrated { get; init; }

    /// <summary>Steps of training taken.</summary>
    public int Steps { get; init; }

    /// <summary>Whether it began with the weights of another head.</summary>
    internal bool IsRefined { get; init; }

    /// <summary>What another head may begin with; null where there is no head.</summary>
    internal HeadWeights? Weights { get; init; }

    /// <summary>A sentence on what was not fitted, or null.</summary>
    public string? Notice { get; init; }
}
