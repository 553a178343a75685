namespace CascadeLocal.Trainer.Tasks;

/// <summary>A hash of text that is the same in every process and version, unlike <see cref="string.GetHashCode()"/>.</summary>
internal static class StableHash
{
    private const ulong OffsetBasis = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    /// <summary>FNV-1a over the UTF-16 units, then a final mix: FNV's low bits alone are poor for texts that differ in one letter.</summary>
    public static ulong Of(string text)
    {
        ulong hash = OffsetBasis;
        foreach (char unit in text)
            hash = (hash ^ unit) * Prime;
        hash ^= hash >> 32;
        hash *= 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 29);
    }
}
