namespace CascadeLocal.Bench.Soak;

/// <summary>How hard a soak test is.</summary>
internal sealed record SoakOptions
{
    /// <summary>Requests at any time.</summary>
    public required int Streams { get; init; }

    /// <summary>Time before memory counts: caches fill, code is compiled, pools find their size.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>Time in which it does.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Megabytes (10^6 bytes) by which resident memory may grow.</summary>
    public required double GrowthLimitMegabytes { get; init; }
}
