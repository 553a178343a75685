using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Joint;

/// <summary>What counted losses say of a promise.</summary>
public static class GuaranteeBound
{
    // 1 - 0.99 is a little below 0.01; a bound that equals what is allowed keeps it.
    private const double Slack = 1e-9;

    /// <summary>What losing <paramref name="losses"/> of <paramref name="questions"/> shows: the bound that has to be at most <see cref="Guarantee.Allowed"/>.</summary>
    public static double Bound(this Guarantee guarantee, int losses, int questions) => guarantee.Kind switch
    {
        GuaranteeKind.Confidence => ClopperPearson.Upper(losses, questions, guarantee.Delta),
        GuaranteeKind.Mean => (losses + 1.0) / (questions + 1.0),
        _ => questions == 0 ? 0 : (double)losses / questions,
    };

    /// <summary>Whether so few losses keep the promise.</summary>
    public static bool Holds(this Guarantee guarantee, int losses, int questions) =>
        guarantee.Bound(losses, questions) <= guarantee.Allowed + Slack;

    /// <summary>The most losses that keep the promise; −1 where not even none would.</summary>
    public static int MostLosses(this Guarantee guarantee, int questions) =>
        LastToHold(-1, questions + 1, losses => guarantee.Holds(losses, questions));

    /// <summary>The fewest questions of which <paramref name="losses"/> may be lost.</summary>
    public static int LabelsNeeded(this Guarantee guarantee, int losses)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(losses);
        if (guarantee.Allowed <= 0)
            throw new ArgumentOutOfRangeException(nameof(guarantee), guarantee.Keep, "no number of questions shows that nothing at all is lost");
        int enough = Math.Max(1, losses);
        while (!guarantee.Holds(losses, enough))
            enough = checked(enough * 2);
        return LastToHold(enough, losses, questions => guarantee.Holds(losses, questions));
    }

    // Bisects, in either direction, between a number that holds and one that does not, or that is taken not to.
    private static int LastToHold(int holding, int broken, Func<int, bool> holds)
    {
        while (Math.Abs(holding - broken) > 1)
        {
            int middle = holding + ((broken - holding) / 2);
            if (holds(middle))
                holding = middle;
            else
                broken = middle;
        }

        return holding;
    }

    /// <exception cref="ArgumentOutOfRangeException">Keep is not above 0 and at most 1, or δ not strictly between 0 and 1.</exception>
    internal static void Check(this Guarantee guarantee)
    {
        if (guarantee.Keep is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(guarantee), guarantee.Keep, "the share to keep is above 0 and at most 1");
        if (guarantee.Delta is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(guarantee), guarantee.Delta, "δ is above 0 and below 1");
    }
}
