using System.Diagnostics;
using System.Text.Json.Serialization;

using CascadeLocal.Contracts;

namespace CascadeLocal.Remote;

/// <summary>Where a remote member is and how it is treated.</summary>
public sealed record RemoteMemberOptions
{
    /// <summary>The context that is assumed where neither the configuration nor the endpoint says one, in tokens.</summary>
    public const int DefaultContextLength = 8192;

    /// <summary>The member's name in the pool; the only thing about the endpoint that clients are told.</summary>
    public required string Name { get; init; }

    /// <summary>The endpoint's base address, as OpenAI's clients want it: <c>http://gpu-box:8000/v1</c>.</summary>
    public required string Url { get; init; }

    /// <summary>What the endpoint calls the model.</summary>
    public required string Model { get; init; }

    /// <summary>Sent as a bearer token to <see cref="Url"/> and nowhere else; null for none. Never part of a log line, a message or <see cref="ToString"/>.</summary>
    [JsonIgnore]
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public string? ApiKey { get; init; }

    /// <summary>Sampling that is asked for where a request does not say; what is null is the endpoint's own.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Tokens one sequence can hold; null to take what the endpoint says, else <see cref="DefaultContextLength"/>.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Requests that are at the endpoint at once.</summary>
    public int Parallel { get; init; } = 8;

    /// <summary>Requests that may wait here for one of <see cref="Parallel"/> to end.</summary>
    public int MaxQueue { get; init; } = 64;

    /// <summary>How long a connection may take to be made, TLS included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the endpoint may send no byte, before its answer (waiting in its queue and prefill included) and within it.</summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>The wait before the one retry, give or take a quarter.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Where the retry's jitter comes from: numbers from 0 up to 1. Null for the usual ones.</summary>
    [JsonIgnore]
    public Func<double>? Jitter { get; init; }

    /// <summary>Whether a proxy that the environment names is used.</summary>
    public bool UseProxy { get; init; }

    /// <summary>When the endpoint is left alone.</summary>
    public CircuitBreakerOptions Breaker { get; init; } = new();

    /// <summary>Checks all of it.</summary>
    /// <exception cref="RemoteOptionsException">Something in it cannot be; the message says what, and never holds the key.</exception>
    public static void Validate(RemoteMemberOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Require(!string.IsNullOrWhiteSpace(options.Name), "name", "is empty");
        Require(!string.IsNullOrWhiteSpace(options.Model), "model", "is empty");
        CheckUrl(options.Url);
        Require(options.ApiKey is null || (options.ApiKey.Length > 0 && options.ApiKey.All(c => c is > ' ' and <= '~')),
            "api key", "is empty or has characters that a header cannot carry");
        Require(options.ContextLength is null or > 0, "ctx", "is not above 0");
        Require(options.Parallel is >= 1 and <= 4096, "parallel", "is not between 1 and 4096");
        Require(options.MaxQueue >= 0, "max_queue", "is below 0");
        CheckTime(options.ConnectTimeout, "connect timeout");
        CheckTime(options.SilenceTimeout, "silence timeout");
        Require(options.RetryDelay >= TimeSpan.Zero && options.RetryDelay <= TimeSpan.FromMinutes(1), "retry delay", "is not between 0 and a minute");
        CircuitBreakerOptions breaker = options.Breaker;
        Require(breaker.FailureRatio is > 0 and <= 1, "failure ratio", "is not above 0 and at most 1");
        Require(breaker.MinimumRequests >= 2, "minimum requests", "is below 2");
        Require(breaker.Window >= TimeSpan.FromSeconds(1) && breaker.Window <= TimeSpan.FromHours(1), "window", "is not between a second and an hour");
        Require(breaker.OpenFor >= TimeSpan.FromSeconds(1) && breaker.OpenFor <= TimeSpan.FromHours(1), "open for", "is not between a second and an hour");
    }

    /// <summary>Checks an address by itself.</summary>
    /// <exception cref="RemoteOptionsException">It is not a plain http or https address; the message does not repeat it, as it may hold a password.</exception>
    public static void CheckUrl(string url)
    {
        bool isAddress = Uri.TryCreate(url, UriKind.Absolute, out Uri? address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps) && address.Host.Length > 0;
        Require(isAddress, "url", "is not an absolute http or https address");
        // Not by the parsed parts: an empty user, query or fragment leaves none behind.
        Require(!url.AsSpan().ContainsAny("@?#\\") && !url.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)),
            "url", "has a user, a query, a fragment or a character that does not belong there");
    }

    /// <summary>Name, model and address, without the key.</summary>
    public override string ToString() => $"{Name} ({Model} at {Url})";

    private static void CheckTime(TimeSpan time, string what) =>
        Require(time > TimeSpan.Zero && time <= TimeSpan.FromHours(1), what, "is not between 0 and an hour");

    private static void Require(bool holds, string what, string complaint)
    {
        if (!holds)
            throw new RemoteOptionsException($"The {what} of the remote member {complaint}.");
    }
}

/// <summary>When a failing endpoint is left alone, and for how long.</summary>
public sealed record CircuitBreakerOptions
{
    /// <summary>The share of failures within <see cref="Window"/> from which on it is left alone.</summary>
    public double FailureRatio { get; init; } = 0.4;

    /// <summary>Outcomes within <see cref="Window"/> below which nothing is concluded from the ratio: the consecutive failures that open it at the least.</summary>
    public int MinimumRequests { get; init; } = 4;

    /// <summary>How far back outcomes count.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it is left alone before one request may try again.</summary>
    public TimeSpan OpenFor { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>A remote member is described in a way that cannot be.</summary>
/// <param name="message">One sentence for whoever wrote it.</param>
public sealed class RemoteOptionsException(string message) : Exception(message);
