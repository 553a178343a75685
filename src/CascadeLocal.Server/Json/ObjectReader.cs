namespace CascadeLocal.Server.Json;

/// <summary>
/// Reads a JSON object key by key into a <typeparamref name="T"/>. A null value means absent; an unknown key is an error
/// that names the nearest known one.
/// </summary>
/// <param name="keys">What is known, and how each is read.</param>
/// <param name="kind">What an unknown key is said not to be.</param>
internal sealed class ObjectReader<T>(Dictionary<string, Func<T, JsonField, T>> keys, string kind = "a known setting")
{
    public IReadOnlyCollection<string> Keys => keys.Keys;

    public T Read(T initial, JsonField source)
    {
        T result = initial;
        foreach ((string key, JsonField value) in source.Members())
            result = ReadKey(result, key, value);
        return result;
    }

    public T ReadKey(T target, string key, JsonField value)
    {
        if (!keys.TryGetValue(key, out Func<T, JsonField, T>? read))
        {
            string hint = NearestName.Find(key, keys.Keys) is { } nearest ? $"; did you mean '{nearest}'?" : "";
            throw new JsonFieldException(value.Path, $"'{value.Path}' is not {kind}{hint}");
        }

        return value.IsNull ? target : read(target, value);
    }

    /// <summary>These keys and those of a part that is written flat into the same object.</summary>
    public ObjectReader<T> With<TPart>(ObjectReader<TPart> part, Func<T, TPart> get, Func<T, TPart, T> set)
    {
        Dictionary<string, Func<T, JsonField, T>> all = new(keys);
        foreach (string key in part.Keys)
            all.Add(key, (target, value) => set(target, part.ReadKey(get(target), key, value)));
        return new(all);
    }
}

/// <summary>Finds what was probably meant by a mistyped name.</summary>
internal static class NearestName
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
