using System.Globalization;

using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.StageOne;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>
/// Labels cut in two: those that clusters, routing, judges and thresholds are fitted to, and those that certify, if any. No prompt is
/// on both sides.
/// </summary>
public sealed record CascadeLabels
{
    // Apart from the draws of folds and clusters.
    private const int SplitStream = 77;

    private CascadeLabels(EmbeddedTable fit, EmbeddedTable? certify, params string[] notices) =>
        (Fit, Certify, Notices) = (fit, certify, notices);

    /// <summary>For fitting.</summary>
    public EmbeddedTable Fit { get; }

    /// <summary>For certifying; null where there are none.</summary>
    public EmbeddedTable? Certify { get; }

    /// <summary>How they were cut, one sentence each.</summary>
    public IReadOnlyList<string> Notices { get; }

    /// <summary>Takes all labels for fitting, where nothing is to be certified.</summary>
    public static CascadeLabels All(EmbeddedTable labels) => new(labels, null);

    /// <summary>Cuts one set of labels by prompt.</summary>
    /// <param name="labels">All labels.</param>
    /// <param name="share">The share of the prompts that certifies.</param>
    /// <param name="seed">Decides which.</param>
    public static CascadeLabels Split(EmbeddedTable labels, double share, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(labels);
        int texts = labels.Table.Texts.Count;
        int certifying = Math.Min((int)Math.Round(share * texts), texts - 1);
        int[] order = [.. Enumerable.Range(0, texts)];
        SeededGenerator.Of(seed, SplitStream).Shuffle<int>(order);
        HashSet<int> certify = [.. order[..certifying]];
        return new(labels.Select(t => !certify.Contains(t))!, labels.Select(certify.Contains), string.Create(
            CultureInfo.InvariantCulture,
            $"{certifying} of {texts} prompts were drawn for certifying (seed {seed}); the other {texts - certifying} are fitted to"));
    }

    /// <summary>Takes labels of their own for certifying, but for prompts that are fitted to.</summary>
    /// <param name="fit">For fitting.</param>
    /// <param name="certify">For certifying; of the same models in the same order.</param>
    public static CascadeLabels Of(EmbeddedTable fit, EmbeddedTable certify)
    {
        ArgumentNullException.ThrowIfNull(fit);
        ArgumentNullException.ThrowIfNull(certify);
        HashSet<string> known = [.. fit.Table.Texts];
        int shared = certify.Table.Texts.Count(known.Contains);
        return shared == 0 ? new(fit, certify) : new(
            fit,
            certify.Select(t => !known.Contains(certify.Table.Texts[t])),
            $"{shared} of {certify.Table.Texts.Count} prompts for certifying are fitted to as well, and do not certify");
    }
}

/// <summary>Questions with the vectors of their texts.</summary>
/// <param name="Table">The questions.</param>
/// <param name="Texts">One vector per text of the table.</param>
public sealed record EmbeddedTable(QuestionTable Table, PointSet Texts)
{
    /// <summary>One vector per question: that of a prompt as often as it was asked.</summary>
    internal PointSet Points => Texts.Select([.. Table.Questions.Select(question => question.Text)]);

    internal EmbeddedTable? Select(Predicate<int> text) =>
        Table.Select(text) is var (table, texts) ? new(table, Texts.Select(texts)) : null;
}
