namespace CascadeLocal.Routing.Judging.Heads.Calibration;

/// <summary>Families of calibration.</summary>
public enum CalibrationKind
{
    /// <summary>A logistic curve of two numbers.</summary>
    Platt,

    /// <summary>The growing step curve nearest to the labels, made continuous.</summary>
    Isotonic,
}
