using System.Diagnostics;

using CascadeLocal.Engine.Sampling;
using CascadeLocal.Engine.Text;

namespace CascadeLocal.Cascade.Routing;

/// <summary>A conversation that the pool is to answer.</summary>
public sealed record CascadeRequest
{
    /// <summary>Names the request in answers and logs.</summary>
    public required string Id { get; init; }

    /// <summary>The turns so far; at least one.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>The most tokens of the answer; null is up to the context.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>The sampling that was asked for; the rest is the member's own.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>What is added to the logits of tokens.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = new Dictionary<int, float>();

    /// <summary>Makes the answer repeatable.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Strings that end the answer and are not part of it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Never take an end-of-generation token.</summary>
    public bool IgnoreEndOfSequence { get; init; }

    /// <summary>Conversations and cached prefixes are shared only among requests of equal salt.</summary>
    public string CacheSalt { get; init; } = "";

    /// <summary>What is asked of the cascade itself.</summary>
    public CascadeControls Controls { get; init; } = CascadeControls.None;

    /// <summary>
    /// Whether text is shown as it comes. Where not, it is kept to the end, and another member can answer after a failure at
    /// any time.
    /// </summary>
    public bool Streams { get; init; }

    /// <summary>When the request came, as <see cref="Stopwatch.GetTimestamp"/>: its budget runs from then on.</summary>
    public long StartedAt { get; init; } = Stopwatch.GetTimestamp();
}
