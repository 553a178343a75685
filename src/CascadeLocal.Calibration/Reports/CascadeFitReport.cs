using System.Diagnostics.CodeAnalysis;

using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Judging;
using CascadeLocal.Routing.Policies;

namespace CascadeLocal.Calibration.Reports;

/// <summary>What <c>cascade fit --labels</c> found with --keep or --budget, beside what a fit of Stage 1 has.</summary>
public sealed record CascadeFitReport : LabelFitReport
{
    private const int Splits = 1_000;

    [SetsRequiredMembers]
    private CascadeFitReport(CascadeFit fit, string embedder, string? gradedBy) : base(fit.StageOne, embedder, gradedBy, fit.Kinds)
    {
        JudgedOn = fit.Questions.Certify.Count > 0 ? "certify" : fit.Result.CrossValidated is null ? "fit" : "cross_validation";
        Mode = ModeName(fit.Options.Mode);
        Target = fit.Questions.Models[fit.Result.Target];
        Keep = fit.Options.Guarantee?.Keep;
        Guarantee = fit.Options.Guarantee is { } guarantee ? PolicyTerms.Of(guarantee.Kind) : null;
        Delta = fit.Options.Guarantee is { Kind: GuaranteeKind.Confidence } confidence ? confidence.Delta : null;
        Certified = fit.Result.Certification?.Certified;
        Shift = fit.Result.Certification is { Shift: var shift } && double.IsFinite(shift) ? shift : null;
        NCertify = fit.Questions.Certify.Select(q => fit.Questions.Questions[q].Unit).Distinct().Count();
        NStrongestRight = fit.Questions.Certify.Where(q => fit.Questions.Questions[q].CanBeLost(fit.Strongest))
            .Select(q => fit.Questions.Questions[q].Unit).Distinct().Count();
        LabelsMissing = fit.Result.Certification?.LabelsMissing;
        Resampled = JointFit.Resample(fit.Questions, fit.Scores, fit.Result, Splits, fit.Options.StageOne.Seed);
        CostBoundMs = fit.Result.CostBound is { } bound && double.IsFinite(bound) ? bound : null;
        BudgetHolds = fit.Result.BudgetHolds;
        Gates = [.. GateReport.Of(fit)];
        Judges = [.. fit.Judged.Select((j, m) => j is null ? null : JudgeReport.Of(fit.Questions.Models[m], j)).OfType<JudgeReport>()];
        Agreements = [.. fit.Agreements.Select(a => new PairedJudgeReport(
            fit.Questions.Models[a.Member], fit.Questions.Models[a.Earlier], a.Rows, a.AurocBefore, a.Auroc))];
        StageOne = PlanReport.Of(fit, fit.Compared[JointMode.StageOne]);
        StageOneThenTwo = PlanReport.Of(fit, fit.Compared[JointMode.StageOneThenTwo]);
        Joint = PlanReport.Of(fit, fit.Compared[JointMode.Joint]);
        PlanOutcome[] alone = [.. fit.Questions.Models.Select((_, m) => JointFit.Evaluate(
            fit.Questions,
            fit.Scores,
            new([.. fit.Result.Plan.Actions.Select(_ => CascadeAction.Direct(m))], [.. fit.Questions.Models.Select(_ => EarlyRule.None)]),
            fit.Shown,
            fit.Strongest))];
        Compared =
        [
            .. fit.Questions.Models.Zip(alone, (name, outcome) => new OutcomeReport(name, outcome.Accuracy, outcome.Tpot, outcome.E2el) { Cost = outcome.Cost }),
            OutcomeReport.Of("oracle", fit.StageOne.OracleOf((fit.Labels.Certify ?? fit.Labels.Fit).Table)),
        ];
        Expected = fit.Result.Expected is { } expected
            ? new(expected.Accuracy, expected.Tpot, expected.E2el, expected.EscalationRate) { Cost = expected.Cost }
            : null;
        Notices = fit.Notices;
    }

    /// <summary>
    /// Which questions plans and models are compared on: certify; where there are none for certifying, cross_validation if plans were judged
    /// by questions left out of their fit, else fit.
    /// </summary>
    public required string JudgedOn { get; init; }

    /// <summary>What was chosen together: joint, stage_one or stage_one_then_two.</summary>
    public required string Mode { get; init; }

    /// <summary>The model that is escalated to.</summary>
    public required string Target { get; init; }

    /// <summary>The share of the strongest model's right answers that is kept, or null.</summary>
    public required double? Keep { get; init; }

    /// <summary>confidence, mean or none; null without <see cref="Keep"/>.</summary>
    public required string? Guarantee { get; init; }

    /// <summary>The chance that the labels mislead, where the guarantee has one.</summary>
    public required double? Delta { get; init; }

    /// <summary>Whether the promise is certified; null where nothing is promised.</summary>
    public required bool? Certified { get; init; }

    /// <summary>What certifying added to every τ; null where it added nothing or every answer is escalated.</summary>
    public required double? Shift { get; init; }

    /// <summary>How many questions were kept for certifying.</summary>
    public required int NCertify { get; init; }

    /// <summary>How many of them the strongest model answers right, or in part.</summary>
    public required int NStrongestRight { get; init; }

    /// <summary>How many more of those are needed before anything can be certified.</summary>
    public required int? LabelsMissing { get; init; }

    /// <summary>How the promise fares on halves of the questions for certifying; null where nothing is promised.</summary>
    public required PromiseResampling? Resampled { get; init; }

    /// <summary>One-sided 95 % bound of the mean cost, or null.</summary>
    public required double? CostBoundMs { get; init; }

    /// <summary>Whether the bound keeps the budget, or null.</summary>
    public required bool? BudgetHolds { get; init; }

    /// <summary>Where answers are judged.</summary>
    public required IReadOnlyList<GateReport> Gates { get; init; }

    /// <summary>How good the judges are.</summary>
    public required IReadOnlyList<JudgeReport> Judges { get; init; }

    /// <summary>Where judges are better by what they know of the answer that was rejected before.</summary>
    public required IReadOnlyList<PairedJudgeReport> Agreements { get; init; }

    /// <summary>The best plan without judging; null where none keeps what was asked for.</summary>
    public required PlanReport? StageOne { get; init; }

    /// <summary>Stage 1 as if nothing were judged, then Stage 2 on it.</summary>
    public required PlanReport? StageOneThenTwo { get; init; }

    /// <summary>Both chosen together.</summary>
    public required PlanReport? Joint { get; init; }

    /// <summary>What was not fitted, estimated, not certified or not kept.</summary>
    public required IReadOnlyList<string> Notices { get; init; }

    /// <summary>The report of a fit.</summary>
    public static CascadeFitReport Of(CascadeFit fit, string embedder, string? gradedBy = null)
    {
        ArgumentNullException.ThrowIfNull(fit);
        return new(fit, embedder, gradedBy);
    }

    private static string ModeName(JointMode mode) => mode switch
    {
        JointMode.StageOne => "stage_one",
        JointMode.StageOneThenTwo => "stage_one_then_two",
        _ => "joint",
    };
}
