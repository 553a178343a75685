namespace CascadeLocal.Cascade.Decisions;

/// <summary>Where decisions are written down, and how much of them is kept.</summary>
public sealed record DecisionLogOptions
{
    /// <summary>The file that is written now; older ones are beside it, with .1 (the newest), .2 ... after the name.</summary>
    public required string Path { get; init; }

    /// <summary>The size in bytes at which a new file is begun.</summary>
    public long MaxFileBytes { get; init; } = 64L << 20;

    /// <summary>Files kept, the current one included; at least 1.</summary>
    public int Files { get; init; } = 8;

    /// <summary>Whether the query and the answer are written too. They are the users' own words.</summary>
    public bool IncludeText { get; init; }
}
