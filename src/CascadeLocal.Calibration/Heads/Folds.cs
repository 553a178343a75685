using CascadeLocal.Calibration.Statistics;

namespace CascadeLocal.Calibration.Heads;

/// <summary>Cuts rows into parts by question, with about equal shares of right answers.</summary>
internal static class Folds
{
    /// <summary>The part of each row.</summary>
    public static int[] Of(IReadOnlyList<int> units, IReadOnlyList<double> labels, int folds, ulong seed)
    {
        SeededGenerator generator = new(seed);
        // Shuffled, then dealt out from the most right to the most wrong question.
        int[] dealt = [.. units
            .Select((unit, row) => (unit, label: labels[row]))
            .GroupBy(r => r.unit, r => r.label)
            .OrderBy(g => g.Key)
            .Select(g => (Unit: g.Key, Label: g.Average(), Draw: generator.NextDouble()))
            .OrderByDescending(u => u.Label)
            .ThenBy(u => u.Draw)
            .Select(u => u.Unit)];
        Dictionary<int, int> foldOf = dealt.Select((unit, rank) => (unit, rank)).ToDictionary(u => u.unit, u => u.rank % folds);
        return [.. units.Select(unit => foldOf[unit])];
    }
}
