using CascadeLocal.Calibration.Statistics;
using CascadeLocal.Routing.Judging;

namespace CascadeLocal.Calibration.Joint;

/// <summary>
/// How a promise fares when it is made again and again: the certification questions are cut in halves at random, one half certifies the
/// shift of the fitted plan, the other shows what is lost then.
/// </summary>
/// <param name="Splits">How many times.</param>
/// <param name="MeanLoss">
/// The mean share of the strongest model's right answers that is lost in the half that did not certify. Means over splits say whether the
/// promise holds on average; the splits overlap, so the share of them that breaks it says little.
/// </param>
/// <param name="Allowed">The share that may be lost.</param>
/// <param name="Certifying">The questions that the strongest answers right in a half that certifies.</param>
public sealed record PromiseResampling(int Splits, double MeanLoss, double Allowed, int Certifying)
{
    /// <summary>Cuts and certifies.</summary>
    /// <param name="losingShifts">As <see cref="Certification.Certify"/> takes them.</param>
    /// <param name="guarantee">What is promised.</param>
    /// <param name="splits">How many times.</param>
    /// <param name="seed">Decides the halves.</param>
    /// <param name="mostShift">As <see cref="Certification.Certify"/> takes it.</param>
    /// <returns>Null with fewer than two questions.</returns>
    public static PromiseResampling? Of(
        IReadOnlyList<double> losingShifts, Guarantee guarantee, int splits, ulong seed, double mostShift = double.PositiveInfinity)
    {
        ArgumentNullException.ThrowIfNull(losingShifts);
        ArgumentNullException.ThrowIfNull(guarantee);
        ArgumentOutOfRangeException.ThrowIfLessThan(splits, 1);
        guarantee.Check();
        if (losingShifts.Count < 2)
            return null;
        double[] shifts = [.. losingShifts];
        int half = shifts.Length / 2;
        int most = guarantee.MostLosses(half);
        double sum = 0;
        for (int split = 0; split < splits; split++)
        {
            SeededGenerator generator = SeededGenerator.Of(seed, split);
            for (int i = 0; i < half; i++)
            {
                int other = i + generator.NextIndex(shifts.Length - i);
                (shifts[i], shifts[other]) = (shifts[other], shifts[i]);
            }

            double shift = Math.Min(mostShift, Certification.LargestShift([.. shifts[..half].Order()], most));
            sum += shifts.Skip(half).Count(losing => losing <= shift) / (double)(shifts.Length - half);
        }

        return new(splits, sum / splits, guarantee.Allowed, half);
    }
}
