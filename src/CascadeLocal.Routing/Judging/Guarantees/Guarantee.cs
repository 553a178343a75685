namespace CascadeLocal.Routing.Judging.Guarantees;

/// <summary>A promise: of the questions that the strongest model answers right, a share is still answered right.</summary>
/// <param name="Kind">What is promised.</param>
/// <param name="Keep">The share that is kept, above 0 and below 1.</param>
/// <param name="Delta">For <see cref="GuaranteeKind.Confidence"/>: the chance that the labels mislead.</param>
public sealed record Guarantee(GuaranteeKind Kind, double Keep, double Delta = 0.05)
{
    // 1 - 0.99 is a little below 0.01; a bound that equals what is allowed keeps it.
    private const double Slack = 1e-9;

    /// <summary>The share that may be lost.</summary>
    public double Allowed => 1 - Keep;

    /// <summary>What losing <paramref name="losses"/> of <paramref name="questions"/> shows: the bound that has to be at most <see cref="Allowed"/>.</summary>
    public double Bound(int losses, int questions) => Kind switch
    {
        GuaranteeKind.Confidence => ClopperPearson.Upper(losses, questions, Delta),
        GuaranteeKind.Mean => (losses + 1.0) / (questions + 1.0),
        _ => questions == 0 ? 0 : (double)losses / questions,
    };

    /// <summary>Whether so few losses keep the promise.</summary>
    public bool Holds(int losses, int questions) => Bound(losses, questions) <= Allowed + Slack;

    /// <summary>The most losses that keep the promise; −1 where not even none would.</summary>
    public int MostLosses(int questions)
    {
        int most = -1;
        while (most < questions && Holds(most + 1, questions))
            most++;
        return most;
    }

    /// <summary>The fewest questions of which <paramref name="losses"/> may be lost.</summary>
    public int LabelsNeeded(int losses)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(losses);
        int low = losses;
        int high = Math.Max(1, losses);
        while (!Holds(losses, high))
            high = checked(high * 2);
        while (high - low > 1)
        {
            int middle = low + (high - low) / 2;
            if (Holds(losses, middle))
                high = middle;
            else
                low = middle;
        }

        return high;
    }

    /// <exception cref="ArgumentOutOfRangeException">Keep or δ is not strictly between 0 and 1.</exception>
    internal void Check()
    {
        if (Keep is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(Keep), Keep, "the share to keep is above 0 and below 1");
        if (Delta is not (> 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(Delta), Delta, "δ is above 0 and below 1");
    }
}
