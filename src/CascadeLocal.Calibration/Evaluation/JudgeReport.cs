using System.Text.Json;

using CascadeLocal.Calibration.Heads;
using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Evaluation;

/// <summary>How good a member's judge is on held-out answers, judged at their end. A measure that is not defined is null.</summary>
public sealed record JudgeReport
{
    private const int MostPoints = 200;

    /// <summary>The member whose answers are judged.</summary>
    public required string Member { get; init; }

    /// <summary>How many answers.</summary>
    public required int N { get; init; }

    /// <summary>How many of them are in clusters where this member's answers are judged when serving.</summary>
    public required int NGated { get; init; }

    /// <summary>The share of right answers.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Chance that a right answer scores above a wrong one, over all answers.</summary>
    public required double? Auroc { get; init; }

    /// <summary>The same inside gated clusters.</summary>
    public required double? AurocGated { get; init; }

    /// <summary>Mean precision over recall.</summary>
    public required double? AveragePrecision { get; init; }

    /// <summary>Expected calibration error, ten bins of equal mass, of the bare score's logistic.</summary>
    public required double? EceBefore { get; init; }

    /// <summary>The same of the calibrated probability.</summary>
    public required double? Ece { get; init; }

    /// <summary>The area under the risk-coverage curve.</summary>
    public required double? RiskArea { get; init; }

    /// <summary>AUROC of the judged chance that the target's answer is right.</summary>
    public required double? TargetAuroc { get; init; }

    /// <summary>Its calibration error.</summary>
    public required double? TargetEce { get; init; }

    /// <summary>The risk-coverage curve by the calibrated probability, at most 200 points.</summary>
    public required IReadOnlyList<RiskReport> RiskCoverage { get; init; }

    /// <summary>Where its verdicts fell in the replayed cascade.</summary>
    public VerdictReport? Verdicts { get; init; }

    /// <summary>What a verdict takes.</summary>
    public OverheadReport? Overhead { get; init; }

    /// <summary>What each group of features is worth; null where it was not asked for.</summary>
    public IReadOnlyList<AblationReport>? Ablation { get; init; }

    internal static JudgeReport Of(string member, IReadOnlyList<JudgedRow> rows)
    {
        JudgedRow[] gated = [.. rows.Where(row => row.InGate)];
        double[] labels = [.. rows.Select(row => row.Correct)];
        double[] targets = [.. rows.Select(row => row.TargetCorrect)];
        double[] own = [.. rows.Select(row => row.Own)];
        double[] target = [.. rows.Select(row => row.Target)];
        return new()
        {
            Member = member,
            N = rows.Count,
            NGated = gated.Length,
            Accuracy = labels.Average(),
            Auroc = Ranking.Auroc([.. rows.Select(row => row.Score)], labels),
            AurocGated = Ranking.Auroc([.. gated.Select(row => row.Score)], [.. gated.Select(row => row.Correct)]),
            AveragePrecision = Ranking.AveragePrecision([.. rows.Select(row => row.Score)], labels),
            EceBefore = CalibrationError.Expected([.. rows.Select(row => 1 / (1 + Math.Exp(-row.Score)))], labels),
            Ece = CalibrationError.Expected(own, labels),
            RiskArea = Statistics.RiskCoverage.Area(own, labels),
            TargetAuroc = Ranking.Auroc(target, targets),
            TargetEce = CalibrationError.Expected(target, targets),
            RiskCoverage = Thinned(Statistics.RiskCoverage.Curve(own, labels)),
        };
    }

    // Every so many points, and always the last, which accepts all.
    private static IReadOnlyList<RiskReport> Thinned(IReadOnlyList<RiskPoint> curve)
    {
        int step = (curve.Count + MostPoints - 1) / MostPoints;
        return [.. curve.Where((_, i) => (curve.Count - 1 - i) % step == 0).Select(point => new RiskReport(point.Threshold, point.Coverage, point.Risk))];
    }
}

/// <summary>A point of a risk-coverage curve.</summary>
/// <param name="Threshold">Answers whose chance of being right is at least this are accepted.</param>
/// <param name="Coverage">The share that is accepted.</param>
/// <param name="Risk">The share of the accepted that is wrong.</param>
public sealed record RiskReport(double Threshold, double Coverage, double Risk);

/// <summary>Where the verdicts on a member's answers fell in the replayed cascade.</summary>
/// <param name="Judged">How many answers were judged.</param>
/// <param name="AcceptedEarly">Accepted before their end.</param>
/// <param name="AcceptedAtEnd">Accepted at their end.</param>
/// <param name="RejectedEarly">Dropped in the middle.</param>
/// <param name="RejectedAtEnd">Dropped when they were whole.</param>
/// <param name="TokensAtAbort">The median number of tokens after which an answer was dropped in the middle; null where none was.</param>
/// <param name="ShareAtAbort">The mean share of their tokens that those answers had by then.</param>
public sealed record VerdictReport(
    int Judged, int AcceptedEarly, int AcceptedAtEnd, int RejectedEarly, int RejectedAtEnd, double? TokensAtAbort, double? ShareAtAbort)
{
    internal static VerdictReport Of(IReadOnlyList<ReplayedVerdict> verdicts)
    {
        ReplayedVerdict[] aborted = [.. verdicts.Where(verdict => !verdict.Accepted && verdict.At is not null)];
        return new(
            verdicts.Count,
            verdicts.Count(verdict => verdict.Accepted && verdict.At is not null),
            verdicts.Count(verdict => verdict.Accepted && verdict.At is null),
            aborted.Length,
            verdicts.Count(verdict => !verdict.Accepted && verdict.At is null),
            Quantile.Median(aborted.Select(verdict => (double)verdict.At!.Value)),
            aborted.Length == 0 ? null : aborted.Average(verdict => (double)verdict.At!.Value / verdict.Tokens));
    }
}

/// <summary>How good a head is without a group of features, trained and cross-validated on the held-out answers.</summary>
/// <param name="Without">The group; null for the head that sees all.</param>
/// <param name="Auroc">Chance that a right answer scores above a wrong one; null where it is not defined.</param>
/// <param name="AveragePrecision">Mean precision over recall.</param>
/// <param name="AurocLost">By how much leaving the group out lowers AUROC.</param>
public sealed record AblationReport(string? Without, double? Auroc, double? AveragePrecision, double? AurocLost)
{
    internal static AblationReport Of(FeatureGroup? without, HeadReport? report, HeadReport? whole) => new(
        without is { } group ? JsonNamingPolicy.SnakeCaseLower.ConvertName(group.ToString()) : null,
        report?.Auroc,
        report?.AveragePrecision,
        whole?.Auroc - report?.Auroc);
}
