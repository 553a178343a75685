using CascadeLocal.Engine.Prefixes;

namespace CascadeLocal.Engine;

/// <summary>What a model is doing, read without stopping it.</summary>
public sealed record EngineStatus
{
    /// <summary>Requests that wait for a sequence.</summary>
    public required int Waiting { get; init; }

    /// <summary>Sequences in prefill or decode.</summary>
    public required int Running { get; init; }

    /// <summary>KV cells that hold a token, running and cached.</summary>
    public required int KvCellsUsed { get; init; }

    /// <summary>KV cells in all.</summary>
    public required int KvCells { get; init; }

    /// <summary>Decode steps so far.</summary>
    public required long Steps { get; init; }

    /// <summary>The most sequences that decoded in one step.</summary>
    public required int PeakDecodeBatch { get; init; }

    /// <summary>Prompt tokens evaluated so far.</summary>
    public required long PrefillTokens { get; init; }

    /// <summary>Prompt tokens taken from the cache so far.</summary>
    public required long CachedTokens { get; init; }

    /// <summary>Tokens generated so far.</summary>
    public required long OutputTokens { get; init; }

    /// <summary>Sequences preempted for want of KV cells so far.</summary>
    public required long Preemptions { get; init; }

    /// <summary>Drafted tokens verified so far.</summary>
    public long DraftTokensVerified { get; init; }

    /// <summary>Those of them that answers went on from.</summary>
    public long DraftTokensReused { get; init; }

    /// <summary>Tokens drafted ahead that were verified so far.</summary>
    public long AheadTokensVerified { get; init; }

    /// <summary>Those of them that answers took, each of which saved a decode.</summary>
    public long AheadTokensTaken { get; init; }

    /// <summary>Prefixes that have lost their sequence and are kept outside.</summary>
    public StoredPrefixStatus StoredPrefixes { get; init; } = new();
}
