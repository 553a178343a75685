namespace CascadeLocal.Templates.Builtins;

/// <summary>A stable sort, as Python's, whose comparison may throw.</summary>
internal static class Sorting
{
    public static T[] Sort<T, TKey>(T[] items, Func<T, TKey> key, Comparison<TKey> compare)
    {
        (TKey Key, T Item)[] from = [.. items.Select(i => (key(i), i))];
        (TKey Key, T Item)[] to = new (TKey, T)[from.Length];
        for (int width = 1; width < from.Length; width *= 2)
        {
            for (int start = 0; start < from.Length; start += 2 * width)
                Merge(from, to, start, Math.Min(start + width, from.Length), Math.Min(start + 2 * width, from.Length), compare);
            (from, to) = (to, from);
        }

        return [.. from.Select(f => f.Item)];
    }

    private static void Merge<T, TKey>((TKey Key, T Item)[] from, (TKey Key, T Item)[] to, int start, int middle, int end, Comparison<TKey> compare)
    {
        int left = start, right = middle;
        for (int i = start; i < end; i++)
        {
            bool takesLeft = right == end || (left < middle && compare(from[right].Key, from[left].Key) >= 0);
            to[i] = takesLeft ? from[left++] : from[right++];
        }
    }
}
