namespace CascadeLocal.Cascade.Pool;

/// <summary>What a reload does to the members of a pool.</summary>
/// <param name="Added">Names that are new; they are being loaded.</param>
/// <param name="Replaced">Names whose settings are others, or that had failed; the old one answers until the new one can.</param>
/// <param name="Removed">Names that are gone; they drain once what is loading has been loaded.</param>
/// <param name="Unchanged">All others.</param>
public sealed record PoolReload(
    IReadOnlyList<string> Added, IReadOnlyList<string> Replaced, IReadOnlyList<string> Removed, IReadOnlyList<string> Unchanged);
