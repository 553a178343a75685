namespace CascadeLocal.Calibration.Load;

/// <summary>An OpenAI-compatible endpoint that is put under load.</summary>
/// <param name="Url">Its base address, such as <c>http://127.0.0.1:8080/v1/</c>.</param>
/// <param name="Model">The model to ask for.</param>
/// <param name="ApiKey">Sent as a bearer token; null for none.</param>
public sealed record LoadTarget(Uri Url, string Model, string? ApiKey)
{
    /// <summary>How reports call it.</summary>
    public string Name => $"{Url.ToString().TrimEnd('/')} {Model}";

    /// <summary>Scheme, host and port: endpoints that have these in common are one server's.</summary>
    public string Server => Url.GetLeftPart(UriPartial.Authority);
}

/// <summary>How requests are sent and what they ask for.</summary>
public sealed record LoadOptions
{
    /// <summary>
    /// Requests at once. Closed loop: each is followed by the next. Open loop: at most so many run, further ones wait unsent, which counts
    /// as their time; null for any number.
    /// </summary>
    public int? Concurrency { get; init; }

    /// <summary>Open loop: conversations that begin per second, with exponential times between them (a Poisson process); null for the closed loop.</summary>
    public double? Rate { get; init; }

    /// <summary>No request begins, or in the open loop is due, later than this after the first.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>No more requests than this; null for as many as begin in time.</summary>
    public int? Requests { get; init; }

    /// <summary>Requests that are sent before anything is measured, all at once.</summary>
    public int WarmUp { get; init; }

    /// <summary>A request that has not ended after this has failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Decides the times between requests.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The most tokens of an answer.</summary>
    public int MaxTokens { get; init; } = 128;

    /// <summary>Answers go on to <see cref="MaxTokens"/>, where the server knows <c>min_tokens</c> or <c>ignore_eos</c>.</summary>
    public bool IsFixedLength { get; init; }

    /// <summary>The sampling temperature.</summary>
    public double Temperature { get; init; }

    /// <summary>What a request has to reach to count for goodput; null for no goodput.</summary>
    public LoadObjective? Objective { get; init; }
}

/// <summary>A service-level objective: the most that a request may take, in ms; null for any time.</summary>
/// <param name="TtftMs">Time to the first token.</param>
/// <param name="TpotMs">Time per output token.</param>
/// <param name="E2elMs">End-to-end latency.</param>
public sealed record LoadObjective(double? TtftMs, double? TpotMs, double? E2elMs)
{
    /// <summary>Whether a request reached it; one token has no time per output token and is not held to it.</summary>
    internal bool IsMet(LoadSample sample) =>
        !(sample.TtftMs > TtftMs) && !(sample.TpotMs > TpotMs) && !(sample.E2elMs > E2elMs);
}
