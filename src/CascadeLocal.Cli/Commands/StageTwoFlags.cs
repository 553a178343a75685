using System.CommandLine;
using System.CommandLine.Parsing;

using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Calibration.StageTwo;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Cli.Commands;

/// <summary>The options of a fit that judges answers.</summary>
internal sealed class StageTwoFlags
{
    private const double DefaultDelta = 0.05;
    private const double DefaultShare = 0.4;
    private const string Share = "a number above 0 and below 1";

    private readonly Option<double?> _keep = new Option<double?>("--keep")
    {
        Description = "The share of the strongest model's right answers that must be kept, such as 0.99",
        HelpName = "share",
    }.Taking<double>("a number above 0 and at most 1", share => share is > 0 and <= 1);

    private readonly Option<string?> _guarantee = new("--guarantee")
    {
        Description = "What --keep promises: with confidence 1 - delta, in the mean, or nothing (default: confidence)",
        HelpName = "confidence|mean|none",
    };

    private readonly Option<double?> _delta = new Option<double?>("--delta")
    {
        Description = "The chance that the labels mislead, for --guarantee confidence (default: 0.05)",
        HelpName = "chance",
    }.Taking<double>(Share, IsShare);

    private readonly Option<double?> _certifyShare = new Option<double?>("--certify-share")
    {
        Description = "The share of the prompts of --labels that is kept for certifying (default: 0.4, and none for --guarantee none)",
        HelpName = "share",
    }.Taking<double>(Share, IsShare);

    private readonly Option<string?> _mode = new("--mode")
    {
        Description = "What is chosen together: which model starts and when its answer is escalated, or one after the other (default: joint)",
        HelpName = "joint|stage-one|stage-one-then-two",
    };

    public StageTwoFlags(Command command)
    {
        _guarantee.AcceptOnlyFromAmong("confidence", "mean", "none");
        _mode.AcceptOnlyFromAmong("joint", "stage-one", "stage-one-then-two");
        foreach (Option option in All)
            command.Options.Add(option);
    }

    private IEnumerable<Option> All => [_keep, _guarantee, _delta, Certify, _certifyShare, _mode];

    public Option<string?> Certify { get; } = new("--certify")
    {
        Description = "Labels of their own for certifying: a file or a folder; without it, a part of --labels certifies",
        HelpName = "file|folder",
    };

    /// <summary>What is wrong with how they are combined.</summary>
    public IEnumerable<string> Problems(CommandResult result, bool hasBudget)
    {
        bool keeps = result.IsGiven(_keep);
        if (!keeps && (result.IsGiven(_guarantee) || result.IsGiven(_delta)))
            yield return "--guarantee and --delta are about --keep; give that too.";
        if (result.IsGiven(_delta) && result.GetValue(_guarantee) is "mean" or "none")
            yield return "--delta is the chance of --guarantee confidence; mean and none have none.";
        if (!keeps && !hasBudget && All.Any(result.IsGiven))
            yield return "Answers are judged for a share to keep or a budget; give --keep or --budget.";
        if (result.IsGiven(Certify) && result.IsGiven(_certifyShare))
            yield return "--certify gives labels for certifying and --certify-share takes them from --labels; give one.";
    }

    /// <summary>
    /// How a cascade is fitted; null where Stage 1 alone is asked for: without a share to keep it needs no labels for
    /// certifying.
    /// </summary>
    public CascadeFitOptions? Fitting(ParseResult result, LabelFitOptions stageOne)
    {
        double? keep = result.GetValue(_keep);
        JointMode mode = result.GetValue(_mode) switch
        {
            "stage-one" => JointMode.StageOne,
            "stage-one-then-two" => JointMode.StageOneThenTwo,
            _ => JointMode.Joint,
        };
        if (keep is null && (stageOne.Routing.Budget is null || mode == JointMode.StageOne))
            return null;
        GuaranteeKind kind = result.GetValue(_guarantee) switch
        {
            "none" => GuaranteeKind.None,
            "mean" => GuaranteeKind.Mean,
            _ => GuaranteeKind.Confidence,
        };
        return new()
        {
            StageOne = stageOne,
            Guarantee = keep is { } share ? new(kind, share, result.GetValue(_delta) ?? DefaultDelta) : null,
            Mode = mode,
            CertifyShare = result.GetValue(_certifyShare) ?? (keep is not null && kind == GuaranteeKind.None ? 0 : DefaultShare),
        };
    }

    private static bool IsShare(double share) => share is > 0 and < 1;
}
