namespace CascadeLocal.Bench.Soak;

/// <summary>How hard a soak test of a server is.</summary>
internal sealed record ServerSoakOptions
{
    /// <summary>Clients, each with a request at any time.</summary>
    public required int Streams { get; init; }

    /// <summary>Time before memory counts: caches fill, code is compiled, pools find their size.</summary>
    public required TimeSpan WarmUp { get; init; }

    /// <summary>Time in which it does.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>By how many percent of that after the warm-up resident memory may be another.</summary>
    public required double LimitPercent { get; init; }
}
