using System.Text.Json;

using CascadeLocal.Routing.Judging.Heads;
using CascadeLocal.Routing.Judging.Signals;

namespace CascadeLocal.Calibration.Evaluation.Reports;

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
