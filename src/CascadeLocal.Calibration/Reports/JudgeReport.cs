using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Judging.Heads;

namespace CascadeLocal.Calibration.Reports;

/// <summary>How good the judge of a model is on all answers for fitting, by heads that did not see them; null where it is undefined or was not fitted.</summary>
/// <param name="Model">The model.</param>
/// <param name="Answers">How many answers.</param>
/// <param name="Auroc">How well it ranks them.</param>
/// <param name="AveragePrecision">Mean precision over recall.</param>
/// <param name="EceBefore">Calibration error of the bare scores.</param>
/// <param name="Ece">The same after calibration.</param>
/// <param name="TargetAuroc">How well it foresees the target.</param>
public sealed record JudgeReport(
    string Model, int? Answers, double? Auroc, double? AveragePrecision, double? EceBefore, double? Ece, double? TargetAuroc)
{
    internal static JudgeReport Of(string model, JudgedMember member)
    {
        HeadReport? own = member.Fit.Own;
        return new(model, own?.Rows, own?.Auroc, own?.AveragePrecision, own?.ErrorBefore, own?.ErrorAfter, member.Fit.Target?.Auroc);
    }
}
