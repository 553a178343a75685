using CascadeLocal.Calibration.Fitting;
using CascadeLocal.Calibration.Joint;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.StageTwo;

/// <summary>How a cascade is fitted from labels.</summary>
public sealed record CascadeFitOptions
{
    /// <summary>The numbers of tokens at which running answers are judged.</summary>
    public static IReadOnlyList<int> Checkpoints { get; } = [8, 16, 32, 64, 128];

    /// <summary>How Stage 1 is fitted; its budget is that of the cascade.</summary>
    public LabelFitOptions StageOne { get; init; } = new();

    /// <summary>What of the strongest model's accuracy has to be kept; null for nothing.</summary>
    public Guarantee? Guarantee { get; init; }

    /// <summary>What is chosen together.</summary>
    public JointMode Mode { get; init; } = JointMode.Joint;

    /// <summary>
    /// The share of the prompts that is kept for certifying, where no labels of their own are given for that; 0 where nothing is promised.
    /// </summary>
    public double CertifyShare { get; init; } = 0.4;

    /// <summary>Into how many numbers a query's embedding is reduced for the judges.</summary>
    public int QueryDimensions { get; init; } = 16;
}
