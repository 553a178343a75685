namespace CascadeLocal.Server.Json;

/// <summary>Finds what was probably meant by a mistyped name.</summary>
public static class NearestName
{
    private const int LongestName = 100;

    /// <summary>The candidate with the fewest edits, or null if none is near.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">What may have been meant.</param>
    /// <param name="limit">The most edits; null for a third of the name, at least two.</param>
    public static string? Find(string name, IEnumerable<string> candidates, int? limit = null)
    {
        limit ??= Math.Max(2, name.Length / 3);
        return name.Length > LongestName ? null : candidates
            .Select(candidate => (candidate, distance: EditDistance(name, candidate)))
            .Where(c => c.distance <= limit)
            .OrderBy(c => c.distance)
            .Select(c => c.candidate)
            .FirstOrDefault();
    }

    // Levenshtein's distance, one row at a time.
    private static int EditDistance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitute, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[b.Length];
    }
}
