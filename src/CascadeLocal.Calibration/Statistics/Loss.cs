namespace CascadeLocal.Calibration.Statistics;

/// <summary>What counts as lost against the strongest model, wherever losses are counted.</summary>
internal static class Loss
{
    // Sums of the same labels in another order differ by less.
    private const double Rounding = 1e-9;

    /// <summary>Whether an answer is worse than the strongest model's to the same question. Both are 0..1 right.</summary>
    public static bool Is(double delivered, double strongest) => delivered < strongest - Rounding;

    /// <summary>Whether the strongest model's answer is worth anything, so that it can be lost.</summary>
    public static bool IsPossible(double strongest) => Is(0, strongest);
}
