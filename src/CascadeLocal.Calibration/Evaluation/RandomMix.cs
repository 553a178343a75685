namespace CascadeLocal.Calibration.Evaluation;

/// <summary>Lots drawn between two members, whatever is asked.</summary>
/// <param name="Cheap">The cheaper member.</param>
/// <param name="Dear">The dearer one; the same where one member alone is best.</param>
/// <param name="Share">The share of the requests that the dearer one gets.</param>
internal sealed record RandomMix(int Cheap, int Dear, double Share)
{
    /// <summary>
    /// The most accurate mix of at most two members that costs no more than a given cost on the same requests; no mix of more members
    /// is better. It is chosen on the requests that it is judged on, which favours it. Below the cost of all members, the cheapest.
    /// </summary>
    /// <param name="accuracies">Of each member.</param>
    /// <param name="costs">Of each member.</param>
    /// <param name="cost">The cost to spend.</param>
    public static RandomMix Best(IReadOnlyList<double> accuracies, IReadOnlyList<double> costs, double cost)
    {
        int[] members = [.. Enumerable.Range(0, costs.Count)];
        int cheapest = members.MinBy(member => (costs[member], -accuracies[member]));
        RandomMix best = new(cheapest, cheapest, 0);
        double most = double.NegativeInfinity;
        foreach (int cheap in members.Where(member => costs[member] <= cost))
        {
            foreach (int dear in members.Where(member => member == cheap || costs[member] > cost))
            {
                double share = dear == cheap ? 0 : (cost - costs[cheap]) / (costs[dear] - costs[cheap]);
                double accuracy = (1 - share) * accuracies[cheap] + share * accuracies[dear];
                if (accuracy > most)
                    (best, most) = (new(cheap, dear, share), accuracy);
            }
        }

        return best;
    }
}

/// <summary>The lots that random routing draws.</summary>
/// <param name="Cheap">The cheaper member.</param>
/// <param name="Dear">The dearer one; the same where one member alone is best.</param>
/// <param name="DearShare">The share of the requests that the dearer one gets.</param>
public sealed record MixReport(string Cheap, string Dear, double DearShare);
