using CascadeLocal.Cascade.Routing;
using CascadeLocal.Engine.Sampling;
using CascadeLocal.Engine.Text;

namespace CascadeLocal.Server.Requests;

/// <summary>A checked request to /v1/chat/completions.</summary>
internal sealed record ChatCompletionRequest
{
    /// <summary>The member asked for, or null for the whole pool.</summary>
    public string? Model { get; init; }

    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>The most tokens of the answer, at least 1; null is up to the context.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>The field that <see cref="MaxTokens"/> came from.</summary>
    public string MaxTokensField { get; init; } = "max_tokens";

    public required SamplingOptions Sampling { get; init; }

    public required IReadOnlyDictionary<int, float> LogitBias { get; init; }

    public ulong? Seed { get; init; }

    public required IReadOnlyList<string> Stop { get; init; }

    public bool IgnoreEndOfSequence { get; init; }

    public bool Stream { get; init; }

    /// <summary>Whether a stream ends with a chunk that holds the usage.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>What is asked of the cascade itself.</summary>
    public CascadeControls Controls { get; init; } = CascadeControls.None;

    /// <summary>What of it concerns the pool.</summary>
    public CascadeRequest ToConversation(string id, string cacheSalt) => new()
    {
        Id = id,
        Messages = Messages,
        MaxTokens = MaxTokens,
        Sampling = Sampling,
        LogitBias = LogitBias,
        Seed = Seed,
        Stop = Stop,
        IgnoreEndOfSequence = IgnoreEndOfSequence,
        CacheSalt = cacheSalt,
        Controls = Controls,
        Streams = Stream,
    };
}
